/** The longest address of a mailbox (RFC 5321 §4.5.3.1.3, without the angle brackets). */
export const MAX_EMAIL_LENGTH = 254;

/**
 * The form in which email addresses are stored and compared: only A to Z are folded. Unicode lower-casing would merge
 * distinct addresses (the Kelvin sign becomes "k") and so let one person sign in as another.
 */
export function foldEmail(email: string): string {
  return email.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
