import { parseUrl } from '../lib/parse-url.js';

/* Settings that are lists of addresses. Each function adds what is wrong to `problems`. Pure. */

/** Contacts of security.txt (RFC 9116, 2.5.3): URIs, web pages only with https. */
export function securityContacts(contacts: readonly string[], problems: string[]): string[] {
  for (const contact of contacts) {
    if (!/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+[\d-]+)$/.test(contact) || !parseUrl(contact))
      problems.push(
        `SECURITY_CONTACT: "${contact}" must be like mailto:security@example.org or https://example.org/security`,
      );
  }
  return [...contacts];
}

/** The placeholder in a URL template, which must be there exactly once. */
const ID = '{id}';

/** Parses URL templates for records in the platform, `<kind>=<URL with {id}>`; null if there are none. */
export function recordUrls(pairs: readonly string[], problems: string[]): Record<string, string> | null {
  const urls: Record<string, string> = {};
  for (const pair of pairs) {
    const [, kind, url] = /^([a-z][a-z_]*)=(.+)$/.exec(pair) ?? [];
    if (kind && url && isTemplate(url) && !(kind in urls)) urls[kind] = url;
    else
      problems.push(
        `RECORD_URLS: "${pair}" is not a kind and a URL with ${ID}, ` +
          `such as application=https://app.example.org/applications/${ID}`,
      );
  }
  return pairs.length > 0 ? urls : null;
}

/** The id must not determine the host, and the link must not run a script. */
function isTemplate(url: string): boolean {
  if (url.split(ID).length !== 2) return false;
  const [one, other] = ['a', 'b'].map((id) => parseUrl(url.replace(ID, id)));
  return ['http:', 'https:'].includes(one?.protocol ?? '') && one!.origin === other?.origin;
}

/** An IP address, to which the address rules apply: ALLOWED_PRIVATE_CIDRS must allow it. */
const STAND_IN = /^(slack|teams|google_chat|google_sheets)=((?:localhost|[\d.]+|\[[\da-f:.]+\])(?::\d+)?)$/;

/** Parses `slack=127.0.0.1:4001,teams=…`. */
export function destinationHosts(entries: readonly string[], problems: string[]): Record<string, string> {
  const hosts: Record<string, string> = {};
  for (const entry of entries) {
    const [, kind, host] = STAND_IN.exec(entry) ?? [];
    if (kind && host) hosts[kind] = host;
    else
      problems.push(`DESTINATION_HOSTS: "${entry}" is not a kind and a private address, such as slack=127.0.0.1:4001`);
  }
  return hosts;
}
