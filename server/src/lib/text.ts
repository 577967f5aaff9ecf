/* Patterns for single-line text. The parts published in schemas avoid `\p{…}`: not every regex dialect supports it. */

const CONTROLS = String.raw`\u0000-\u001f\u007f-\u009f`;

/**
 * Invisible characters, with which two different names could look the same, and bidirectional controls (Unicode TR36
 * §2.10). Joiners and variation selectors are allowed: emoji and several scripts need them.
 */
const UNSEEN = [
  String.raw`\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f`,
  String.raw`\u3164\ufeff\uffa0\ufff9-\ufffb`,
].join('');

/** Lone surrogates cannot be encoded in UTF-8, and PostgreSQL rejects them in JSON. */
const HALVES = String.raw`\p{Cs}`;

/**
 * One line of text that can be stored. No control characters: PostgreSQL cannot store NUL, and a line break in a name
 * breaks every list that shows it.
 */
export const ONE_LINE = new RegExp(`^[^${CONTROLS}${HALVES}]*$`, 'u');

/** A name that may be empty: one line of visible text. */
export const NAME_OR_EMPTY = new RegExp(`^[^${CONTROLS}${UNSEEN}${HALVES}]*$`, 'u');

/** A name that is not blank. */
export const NAME = new RegExp(String.raw`^(?=.*\S)[^${CONTROLS}${UNSEEN}${HALVES}]*$`, 'u');

export const NAME_MESSAGE = '$property must be one line of text without invisible characters';

/** The `pattern` for a schema, without lone surrogates, which JSON in UTF-8 cannot contain literally. */
export const schemaPattern = (line: RegExp): string => line.source.replaceAll(HALVES, '');

const MAX_LENGTH = 120;
/** Invisible; keeps chat tools and mail programs from turning a name into a link or a mention. */
export const ZERO_WIDTH_SPACE = '\u200B';

/** One line of at most 120 characters, without control or bidirectional characters, links and mentions. */
export function plainText(value: string): string {
  const line = value
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const characters = Array.from(line);
  const cut = characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH - 1).join('')}…` : line;
  return cut.replaceAll(/([:@])(?=\S)|\.(?=[\p{L}\p{N}/])/gu, (mark) => `${mark}${ZERO_WIDTH_SPACE}`);
}
