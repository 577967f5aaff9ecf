/* Parses email addresses: one per line, or separated by commas or semicolons. */

export const emailsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map((email) => email.toLowerCase()),
  ),
];

/** An obvious mistake, or null; the server checks the rest. */
export function emailsProblem(emails: readonly string[], most: number): string | null {
  const wrong = emails.find((email) => !/^[^@]+@[^@]+\.[^@.]+$/.test(email));
  if (wrong !== undefined) return `${wrong} is not an email address.`;
  return emails.length > most ? `Add ${most} addresses at most.` : null;
}
