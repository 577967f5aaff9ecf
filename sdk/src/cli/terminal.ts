import { stripVTControlCharacters } from 'node:util';

/* Texts from events and answers are untrusted: they could contain escape sequences for the terminal. */

/** The text as one printable line. */
export const plainLine = (text: string): string => printable(text).replaceAll(/\s+/g, ' ').trim();

/** The text without unprintable characters; line breaks stay. */
export const printable = (text: string): string => stripVTControlCharacters(text).replaceAll(UNPRINTABLE, ' ');

/** Control characters except line breaks, and characters that change the text direction. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** At most `width` columns of a line; wide characters take two. */
export function cut(line: string, width: number): string {
  let columns = 0;
  let end = 0;
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    columns += WIDE.test(segment) ? 2 : 1;
    if (columns > width) return line.slice(0, end);
    end += segment.length;
  }
  return line;
}

/** Unicode blocks of wide characters, and pictographs. */
const BLOCKS = '\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6';
const WIDE = new RegExp(`^(?:[${BLOCKS}]|\\p{Extended_Pictographic})`, 'u');

type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold';

const CODES: Record<Colour, number> = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 };

/** Colours only on a terminal, and subject to https://no-color.org. */
const hasColours = process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';

export const coloured = (colour: Colour, text: string): string =>
  hasColours ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text;

export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** For messages that are not part of the result. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);
