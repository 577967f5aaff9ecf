/*
 * What a line of text may hold. The patterns are published in schemas, so they use only what every dialect of regular
 * expression reads: no `\p{…}`, no `\u{…}`, and the last character of Unicode as it is.
 */

const LAST = String.fromCodePoint(0x10ffff);

/** All but control characters and halves of surrogate pairs. */
const WRITTEN = String.raw` -~\u00a0-\ud7ff\ue000-${LAST}`;

/**
 * Besides, without what cannot be seen, so that two names that look alike are alike, and without what turns the
 * direction of the text around it (Unicode TR36 §2.10). Joiners and variation selectors stay: emoji and several scripts
 * need them.
 */
const SEEN = [
  String.raw` -~\u00a0-\u00ac\u00ae-\u034e\u0350-\u061b\u061d-\u115e\u1161-\u17b3\u17b6-\u180d\u180f-\u200a\u200c\u200d`,
  String.raw`\u2010-\u2027\u202f-\u205f\u2070-\u3163\u3165-\ud7ff\ue000-\ufefe\uff00-\uff9f\uffa1-\ufff8\ufffc-${LAST}`,
].join('');

/**
 * One line of text that every column can hold. Refused are control characters, because PostgreSQL cannot store a NUL
 * and a line break in a name breaks every list it is shown in, and halves of surrogate pairs, which have no bytes in
 * UTF-8 and are no valid JSON for PostgreSQL.
 */
export const ONE_LINE = new RegExp(`^[${WRITTEN}]*$`, 'u');

/** What people call something: one line of what can be seen, or nothing. */
export const NAME_OR_EMPTY = new RegExp(`^[${SEEN}]*$`, 'u');

/** What people call something, never blank. */
export const NAME = new RegExp(String.raw`^(?=.*\S)[${SEEN}]*$`, 'u');

export const NAME_MESSAGE = '$property must be one line of text without invisible characters';
