import { parseUrl } from '../lib/parse-url.js';

/** Contacts of security.txt (RFC 9116, 2.5.3): URIs, web pages only with https. Adds to `problems`. Pure. */
export function securityContacts(contacts: readonly string[], problems: string[]): string[] {
  for (const contact of contacts) {
    if (!/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+[\d-]+)$/.test(contact) || !parseUrl(contact))
      problems.push(
        `SECURITY_CONTACT: "${contact}" must be like mailto:security@example.org or https://example.org/security`,
      );
  }
  return [...contacts];
}
