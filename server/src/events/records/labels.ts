import type { ReferenceKind } from '../catalogue/event-type.js';

/* Names of records in the data of events, and the words by which they are searched. Pure. */

export type EventData = Readonly<Record<string, unknown>>;

export interface RecordRef {
  kind: ReferenceKind;
  value: string;
}

/** An application has the name of its job, because its later events do not name the job. */
export const LABELS = [
  { kind: 'candidate', id: 'candidateId', label: 'candidateName' },
  { kind: 'job', id: 'jobId', label: 'jobTitle' },
  { kind: 'application', id: 'applicationId', label: 'jobTitle' },
] as const satisfies { kind: ReferenceKind; id: string; label: string }[];

export const KINDS: readonly ReferenceKind[] = LABELS.map(({ kind }) => kind);
/** Kinds whose labels are searched. */
export const SEARCHED_KINDS: readonly ReferenceKind[] = ['candidate', 'job'];

export const MAX_WORDS = 5;
const MAX_WORD = 40;

/** The records whose names the data lacks. */
export function unnamedIn(data: EventData): RecordRef[] {
  return LABELS.flatMap(({ kind, id, label }) => {
    const value = data[id];
    return typeof value === 'string' && value !== '' && !data[label] ? [{ kind, value }] : [];
  });
}

/** The data with the names that it lacks, if `labelOf` knows them. */
export function named(data: EventData, labelOf: (record: RecordRef) => string | undefined): EventData {
  const names: Record<string, unknown> = {};
  for (const { kind, id, label } of LABELS) {
    const value = data[id];
    if (data[label] || names[label] || typeof value !== 'string') continue;
    const known = labelOf({ kind, value });
    if (known !== undefined) names[label] = known;
  }
  return { ...data, ...names };
}

/** "María dela Cruz" → maria, dela, cruz: lower case, without accents, at most five, each at most 40 characters. */
export function wordsOf(label: string): string[] {
  const plain = label.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => Array.from(word).slice(0, MAX_WORD).join('')))].slice(0, MAX_WORDS);
}

/** The first text, in the order of code points, after all that begin with `prefix`; null if there is none. */
export function afterPrefix(prefix: string): string | null {
  const points = Array.from(prefix);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const next = last.codePointAt(0)! + 1;
    // Surrogates are no characters.
    if (next <= 0x10ffff) return points.join('') + String.fromCodePoint(next === 0xd800 ? 0xe000 : next);
  }
  return null;
}
