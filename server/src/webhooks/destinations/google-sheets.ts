import { plainSentence } from '../../events/catalogue/sentence.js';
import type { DestinationMessage, DestinationStyle } from './message.js';

/*
 * One flat object for the script of a Google sheet, which appends it as a row. A text that a spreadsheet would take for
 * a formula gets an apostrophe (https://owasp.org/www-community/attacks/CSV_Injection).
 */

export function renderGoogleSheets(
  { eventId, type, timestamp, sentence, data, link, test }: DestinationMessage,
  { names }: Pick<DestinationStyle, 'names'>,
): string {
  const personal = names === 'full' ? [] : ['candidateName', 'candidateEmail'];
  const fields = Object.entries(data).filter(([name]) => !personal.includes(name));
  const row = {
    'webhook-id': eventId,
    event: type,
    timestamp,
    summary: cell(plainSentence(sentence)),
    ...Object.fromEntries(fields.map(([name, value]) => [name, typeof value === 'string' ? cell(value) : value])),
    ...(test && { test: true }),
    ...(link && { link }),
  };
  return JSON.stringify(row);
}

const cell = (text: string) => (/^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text);
