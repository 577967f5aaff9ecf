import { parseUrl } from '../lib/parse-url.js';

/* URL templates for records in the platform, by kind, for links in the admin app. Pure. */

/** The placeholder, exactly once. */
const ID = '{id}';

/** Parses `<kind>=<URL with {id}>` pairs; null if there are none. Adds to `problems`. */
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

/** An id must not choose the host, and a link must not run a script. */
function isTemplate(url: string): boolean {
  if (url.split(ID).length !== 2) return false;
  const [one, other] = ['a', 'b'].map((id) => parseUrl(url.replace(ID, id)));
  return ['http:', 'https:'].includes(one?.protocol ?? '') && one!.origin === other?.origin;
}
