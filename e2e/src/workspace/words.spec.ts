import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

/*
 * House style of code and docs: standard English terms and lines of at most 120 characters. Alone:
 * `cd e2e && node --experimental-vm-modules --no-warnings ../node_modules/jest/bin/jest.js src/workspace/words.spec.ts`
 */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const THIS_FILE = 'e2e/src/workspace/words.spec.ts';
const MAX_LENGTH = 120;

/** Words to avoid, as whole words and as parts of identifiers (`isOwed`, `OWED_SQL`), and what to write instead. */
const WORDS = new Map(
  Object.entries({
    'owe owes owed': 'pending, due',
    'nobody somebody whoever': 'the caller, a person, no process …',
    'dear dearer dearest': 'expensive',
    hopeless: 'exhausted',
    'sealed unsealed reseal reseals resealed': 'encrypted, re-encrypt',
    'mend mends mended mending': 'fix',
    plainly: 'obviously, or the fast path',
    arrivals: 'unseen items, requests',
  }).flatMap(([words, instead]) => words.split(' ').map((word) => [word, instead])),
);

/** The same for what is not one word everywhere: `told` is fine in prose, and text may be laid out. */
const PATTERNS: [pattern: RegExp, instead: string][] = [
  [/\bother mind\b/i, 'Revisit if'],
  [/giveBack/i, 'release'],
  [/passedOver/i, 'skipped'],
  [/catch-up|catchUp/i, 'refresh'],
  [/(?<![A-Za-z])[Ll]aid(?![a-z]| out\b)|(?<=[a-z])Laid(?![a-z])|LAID/, 'inserted'],
  [/\b(tell|tells|told|hear|hears|heard)[A-Z]\w*|(?<=[a-z])(Tell|Tells|Told|Hear|Hears|Heard)(?![a-z])/, 'notify, get'],
];

/** Where such words stay. */
const ALLOWED: { why: string; where: RegExp; text: RegExp }[] = [
  { why: 'names of the API and metrics', where: /./, text: /\b(not_owed|bpoc_owed_deliveries)\b/g },
  { why: 'the command `npm run secrets -- reseal`', where: /./, text: /\breseal\b/g },
  { why: 'addresses that do not exist', where: /./, text: /\bnobody[@.]/g },
  { why: 'the POSIX user', where: /^(server\/src\/embedded|scripts)\//, text: /['"]nobody['"]|\bNOBODY\b/g },
  { why: 'texts of screens', where: /^admin\/src\/.*copy[^/]*\.ts$/, text: /(['"`]).*?\1/g },
  {
    why: 'texts of screens, and the tests that look for them',
    where: /^(admin|e2e)\/src\//,
    text: new RegExp(
      '[Ii]nvite somebody|Somebody else changed|Make somebody else an owner|Nobody (is here yet|can change it)|' +
        "nobody (can guess|changed it)|name somebody|Whoever has this key|Somebody laid the JSON out|\\|\\| 'nobody'",
      'g',
    ),
  },
  {
    why: 'texts of mails and of errors that users read',
    where: /^server\//,
    text: new RegExp(
      "Make somebody else an owner|Somebody changed this|'somebody' end|" +
        'Nobody (answers at|here has the e-mail)|' +
        'need to mend it|Once it is mended|When it is mended',
      'g',
    ),
  },
];

const GENERATED = /(^|\/)schema\.d\.ts$|\.gen\.ts$/;

const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((file) => /\.(ts|tsx|mjs|cjs|md)$/.test(file) && !GENERATED.test(file) && file !== THIS_FILE)
  .filter((file) => existsSync(join(ROOT, file)));

/** `{ line, text }` of a file; line 0 is its path. */
function linesOf(file: string): { line: number; text: string }[] {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  return [file, ...lines].map((text, line) => ({ line, text }));
}

function wordsIn(file: string, text: string): string[] {
  let rest = text;
  for (const allowed of ALLOWED) if (allowed.where.test(file)) rest = rest.replace(allowed.text, ' ');
  const parts = (rest.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).filter((part) => WORDS.has(part.toLowerCase()));
  const words = parts.map((part) => `${part} → ${WORDS.get(part.toLowerCase())}`);
  const patterns = PATTERNS.map(([pattern, instead]) => ({ found: pattern.exec(rest)?.[0], instead }));
  return [...words, ...patterns.flatMap(({ found, instead }) => (found ? [`${found} → ${instead}`] : []))];
}

/** Fails with one finding on each line, without a diff around them. */
function expectNone(findings: string[]): void {
  if (findings.length > 0) throw new Error(`${findings.length} found:\n${findings.join('\n')}`);
}

describe('the house style', () => {
  it('avoids private words', () => {
    expect(files.length).toBeGreaterThan(500);
    expectNone(
      files.flatMap((file) =>
        linesOf(file).flatMap(({ line, text }) => wordsIn(file, text).map((word) => `${file}:${line}: ${word}`)),
      ),
    );
  });

  it('has no line over 120 characters in sources', () => {
    const lengthOf = (text: string) => Array.from(text).length;
    expectNone(
      files
        .filter((file) => !file.endsWith('.md'))
        .flatMap((file) =>
          linesOf(file)
            .filter(({ line, text }) => line > 0 && lengthOf(text) > MAX_LENGTH)
            .map(({ line, text }) => `${file}:${line}: ${lengthOf(text)} characters`),
        ),
    );
  });

  it.each([
    'isOwed',
    'OWED_SQL',
    'layLaid()',
    'const laid = 1',
    'Nobody waits',
    'tellKeys',
    'onTold',
    'catch-up',
    'giveBack',
  ])('finds %s', (text) => expect(wordsIn('server/src/x.ts', text)).toHaveLength(1));

  it.each([
    'ALLOWED',
    'followed',
    'laid out',
    'passed_over',
    'they told us',
    'not_owed',
    '-- reseal',
    'recommend',
    'hearsay',
  ])('allows %s', (text) => expect(wordsIn('server/src/x.ts', text)).toEqual([]));
});
