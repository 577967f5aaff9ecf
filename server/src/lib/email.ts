/**
 * The form in which e-mail addresses are stored and compared: A to Z without case, all else as it is. Unicode's lower
 * case would make one address of two (the Kelvin sign becomes "k"), and so let one person in as another.
 */
export function foldEmail(email: string): string {
  return email.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
