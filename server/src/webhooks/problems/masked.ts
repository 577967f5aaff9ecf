const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** Seven digits and more, with what people put between them. Not a time of ISO 8601, and not part of an id. */
const PHONE = /(?<![\w-])\+?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w-])/g;
const DATE = /^\d{4}-\d\d-\d\d/;

/** How much of an answer is shown without an audit entry; the whole answer is content, and reading it is audited. */
const EXCERPT_CHARACTERS = 500;
/** How much is read for that: the text of a page comes after its styles. */
export const READ_CHARACTERS = 4_000;

const INVISIBLE = /<(script|style)\b[^]*?(?:<\/\1>|$)/gi;
const TAG = /<[^<>]*>/g;
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };

/** How an answer begins, of an HTML page its text, without personal data. */
export function excerptOf(answer: string, event: unknown): string {
  const read = answer.slice(0, READ_CHARACTERS);
  return masked((/^\s*<(?:!doctype|html)\b/i.test(read) ? textOf(read) : read).slice(0, EXCERPT_CHARACTERS), event);
}

function textOf(page: string): string {
  const text = page.replaceAll(INVISIBLE, ' ').replaceAll(TAG, ' ').replaceAll(/\s+/g, ' ').trim();
  return text.replaceAll(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name]!);
}

/** The shortest value that is masked: shorter ones occur in any text. */
const SHORTEST = 4;

/** Masks values of the event, email addresses and phone numbers in a text. */
export function masked(text: string, event: unknown): string {
  // The longest first: one may be a part of another.
  const values = [...new Set(textsIn(event))].toSorted((a, b) => b.length - a.length);
  return values
    .reduce((rest, value) => rest.replaceAll(value, '•••'), text)
    .replace(EMAIL, '•••')
    .replace(PHONE, (found) => (DATE.test(found) ? found : '•••'));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length < SHORTEST ? [] : [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}
