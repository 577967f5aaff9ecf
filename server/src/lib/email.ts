/**
 * The form in which e-mail addresses are stored and compared: only A to Z are folded. Unicode lower-casing would merge
 * distinct addresses (the Kelvin sign becomes "k") and so let one person sign in as another.
 */
export function foldEmail(email: string): string {
  return email.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
