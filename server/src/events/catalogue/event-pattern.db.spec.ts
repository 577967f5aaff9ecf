import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientPerFile } from '../../../test/client.js';
import { EVENT_DEFINITIONS, EVENT_GROUPS, matchesPattern } from './catalogue.js';

const client = clientPerFile();

const inSql = async (patterns: string[], type: string) =>
  (await client().query<{ matches: boolean }>('select webhook_matches($1, $2) as matches', [patterns, type])).rows[0]!
    .matches;
const inCode = (patterns: string[], type: string) => patterns.some((pattern) => matchesPattern(pattern, type));

describe('wildcards', () => {
  it.each([
    ['video.*', 'video.recording.ready', true],
    ['video.*', 'videos.x', false],
    ['video.*', 'video', false],
    ['*', 'offer.sent', true],
    ['offer.sent', 'offer.sent', true],
    ['offer.sent', 'offer.sent.late', false],
    ['offer.s*', 'offer.sent', false],
  ])('%s matches %s: %s', async (pattern, type, expected) => {
    expect(matchesPattern(pattern, type)).toBe(expected);
    expect(await inSql([pattern], type)).toBe(expected);
  });

  it('match the same types in SQL and in TypeScript', async () => {
    const part = fc.constantFrom('video', 'videos', 'recording', 'ready', 'offer', 'x', '*', '%', '_', '');
    const dotted = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
    const known = fc.constantFrom(
      ...EVENT_DEFINITIONS.map(({ type }) => type),
      ...EVENT_GROUPS.map(({ pattern }) => pattern),
      '*',
    );
    const pattern = fc.oneof(dotted, known);
    await fc.assert(
      fc.asyncProperty(fc.array(pattern, { maxLength: 4 }), pattern, async (patterns, type) => {
        expect(await inSql(patterns, type)).toBe(inCode(patterns, type));
      }),
      { numRuns: 500 },
    );
  });
});
