import { parseUrl } from '../lib/parse-url.js';

/* Where the platform shows a record, by its kind: links of the admin app. Pure. */

/** Stands for the id of the record, once. */
const ID = '{id}';

/** From `<kind>=<address with {id}>` each. Problems are added to the list; null: none was given. */
export function recordUrls(pairs: readonly string[], problems: string[]): Record<string, string> | null {
  const urls: Record<string, string> = {};
  for (const pair of pairs) {
    const [, kind, url] = /^([a-z][a-z_]*)=(.+)$/.exec(pair) ?? [];
    if (kind && url && isTemplate(url) && !(kind in urls)) urls[kind] = url;
    else
      problems.push(
        `RECORD_URLS: "${pair}" is not a kind and an address with ${ID}, such as application=https://app.example.org/applications/${ID}`,
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
