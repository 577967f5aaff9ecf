/**
 * One line of text that every column can hold. Refused are control characters, because PostgreSQL cannot store a NUL and a line break in a name
 * breaks every list it is shown in, and halves of surrogate pairs, which have no bytes in UTF-8 and are no valid JSON for PostgreSQL.
 */
export const ONE_LINE = /^[^\p{Cc}\p{Cs}]*$/u;
