/* What a line of text may hold. Spelled without `\p{…}` as far as schemas publish it: not every dialect knows that. */

const CONTROLS = String.raw`\u0000-\u001f\u007f-\u009f`;

/**
 * What cannot be seen, so that two names that look alike are alike, and what turns the direction of the text around it
 * (Unicode TR36 §2.10). Not joiners and variation selectors: emoji and several scripts need them.
 */
const UNSEEN = [
  String.raw`\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f`,
  String.raw`\u3164\ufeff\uffa0\ufff9-\ufffb`,
].join('');

/** Halves of surrogate pairs have no bytes in UTF-8 and are no valid JSON for PostgreSQL. */
const HALVES = String.raw`\p{Cs}`;

/**
 * One line of text that every column can hold. Refused are control characters, because PostgreSQL cannot store a NUL
 * and a line break in a name breaks every list it is shown in.
 */
export const ONE_LINE = new RegExp(`^[^${CONTROLS}${HALVES}]*$`, 'u');

/** What people call something: one line of what can be seen, or nothing. */
export const NAME_OR_EMPTY = new RegExp(`^[^${CONTROLS}${UNSEEN}${HALVES}]*$`, 'u');

/** What people call something, never blank. */
export const NAME = new RegExp(String.raw`^(?=.*\S)[^${CONTROLS}${UNSEEN}${HALVES}]*$`, 'u');

export const NAME_MESSAGE = '$property must be one line of text without invisible characters';

/** The `pattern` of a schema. It leaves out the halves of surrogate pairs, which JSON in UTF-8 cannot hold as they are. */
export const published = (line: RegExp): string => line.source.replaceAll(HALVES, '');
