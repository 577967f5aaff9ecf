import { fieldWords } from '../../../../copy-forms';
import type { FieldProblems } from '../../../../lib/field-problems';

/** A header to be added. `key` identifies it while its name is empty. */
export interface NewHeader {
  key: number;
  name: string;
  value: string;
}

/** Changes to the headers. Values are never shown again, so stored headers are known only by name. */
export interface HeaderEdits {
  /** By name of a stored header: its new value, or null to remove it. */
  stored: Readonly<Record<string, string | null>>;
  added: readonly NewHeader[];
}

export const NO_EDITS: HeaderEdits = { stored: {}, added: [] };

export function hasEdits({ stored, added }: HeaderEdits): boolean {
  return Object.keys(stored).length > 0 || added.length > 0;
}

/** In the form of the API: a string sets a header, null removes it, others stay. */
export function headerPatch({ stored, added }: HeaderEdits): Record<string, string | null> {
  return { ...stored, ...Object.fromEntries(added.map(({ name, value }) => [name.trim(), value.trim()])) };
}

/** Missing parts, by field; the server checks for reserved names. */
export function editProblems({ stored, added }: HeaderEdits, names: readonly string[]): FieldProblems {
  const found: FieldProblems = {};
  for (const [name, value] of Object.entries(stored)) {
    if (value?.trim() === '') found[`headers.${name}`] = fieldWords.headerValueEmpty;
  }
  const taken = new Set(names.map((name) => name.toLowerCase()));
  for (const { key, name, value } of added) {
    const lower = name.trim().toLowerCase();
    if (lower === '') found[nameField(key)] = fieldWords.headerNameEmpty;
    else if (taken.has(lower)) found[nameField(key)] = fieldWords.headerTwice;
    else if (value.trim() === '') found[valueField(key)] = fieldWords.headerValueEmpty;
    taken.add(lower);
  }
  return found;
}

export const nameField = (key: number): string => `name ${key}`;
export const valueField = (key: number): string => `value ${key}`;
