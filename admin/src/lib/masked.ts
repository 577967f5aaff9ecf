const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const PHONE = /(?<![\w-])\+?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w-])/g;
const DATE = /^\d{4}-\d\d-\d\d/;
const SHORTEST = 4;

/** As far as the server hands answers on. */
const CHARACTERS = 500;

/**
 * The beginning of an answer without values of the event, e-mail addresses and phone numbers, as the server masks them.
 * @param body the message that was answered, as JSON.
 */
export function masked(answer: string, body: string): string {
  const values = [...new Set(textsIn(JSON.parse(body)))].toSorted((a, b) => b.length - a.length);
  return values
    .reduce((rest, value) => rest.replaceAll(value, '•••'), answer.slice(0, CHARACTERS))
    .replace(EMAIL, '•••')
    .replace(PHONE, (found) => (DATE.test(found) ? found : '•••'));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length < SHORTEST ? [] : [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}
