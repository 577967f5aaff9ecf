import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { deliveryStatuses, healthWords, offWords, reasons, retriedWords } from './copy';
import { roleMeanings } from './copy-forms';
import { readingGrade } from './test/reading-grade';

/** Everything that is said about a state in sentences. */
const sentences: readonly (readonly [string, string])[] = [
  ...Object.entries(reasons).flatMap(([reason, words]) => [
    [`${reason}: what happened`, words.sentence] as const,
    [`${reason}: what to do`, words.whatToDo] as const,
  ]),
  ...Object.entries(deliveryStatuses).map(([status, words]) => [status, words.meaning] as const),
  ...Object.entries(healthWords).map(([health, words]) => [health, words.meaning] as const),
  ...Object.entries(offWords),
  ...Object.entries(retriedWords),
  ...Object.entries(roleMeanings),
];

/** The reasons that the server's published API can answer with, read from the types that are generated from it. */
function reasonsOfTheApi(): string[] {
  const schema = readFileSync(new URL('./api/schema.d.ts', import.meta.url), 'utf8');
  const union = /\sReason:\s*([^;]+);/.exec(schema)?.[1] ?? '';
  return [...union.matchAll(/["']([a-z_]+)["']/g)].map((match) => match[1] ?? '');
}

describe('words', () => {
  it('exist for every reason that the server can give, and for no other', () => {
    expect(reasonsOfTheApi()).toContain('timeout');
    expect(Object.keys(reasons).toSorted()).toEqual(reasonsOfTheApi().toSorted());
  });

  it.each(sentences)('reads below school grade 7 (%s)', (_name, sentence) => {
    expect(readingGrade(sentence)).toBeLessThanOrEqual(7);
  });

  it('would be refused when they read like a manual', () => {
    expect(readingGrade('The remote application terminated the established connection unexpectedly.')).toBeGreaterThan(
      7,
    );
  });

  it('say who acts wherever somebody has to', () => {
    const retried = Object.values(reasons).filter((words) => words.retried === 'yes');
    expect(retried.every((words) => words.who !== 'nobody')).toBe(true);
  });
});
