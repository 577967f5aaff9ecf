import { plainSentence } from '../../events/catalogue/sentence.js';
import type { DestinationMessage, DestinationStyle } from './message.js';

/*
 * A flat object for the script of a Google sheet, which appends it as a row; for several events, `rows` of them. A text
 * that a spreadsheet would take for a formula gets an apostrophe
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */

type Names = Pick<DestinationStyle, 'names'>;

export const renderGoogleSheets = (message: DestinationMessage, style: Names): string =>
  JSON.stringify(rowOf(message, style));

export const renderGoogleSheetsGroup = (messages: readonly DestinationMessage[], style: Names): string =>
  JSON.stringify({ rows: messages.map((message) => rowOf(message, style)) });

function rowOf({ eventId, type, timestamp, sentence, data, link, test }: DestinationMessage, { names }: Names): object {
  const personal = names === 'full' ? [] : ['candidateName', 'candidateEmail'];
  const fields = Object.entries(data).filter(([name]) => !personal.includes(name));
  return {
    'webhook-id': eventId,
    event: type,
    timestamp,
    summary: cell(plainSentence(sentence)),
    ...Object.fromEntries(fields.map(([name, value]) => [name, typeof value === 'string' ? cell(value) : value])),
    ...(test && { test: true }),
    ...(link && { link }),
  };
}

const cell = (text: string) => (/^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text);
