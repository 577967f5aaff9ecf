const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** Seven digits and more with what people put between them. Not a time of ISO 8601, nor a part of an id. */
const PHONE = /(?<![\w-])\+?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w-])/g;
const DATE = /^\d{4}-\d\d-\d\d/;

/** So much of an answer is shown in passing; all of it is content, whose reading is audited. */
export const EXCERPT_CHARACTERS = 500;

/** The shortest value that is looked for: shorter ones stand in any text. */
const SHORTEST = 4;

/** The text without values of the event, email addresses and phone numbers. */
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
