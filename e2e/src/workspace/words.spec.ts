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
    'nobody somebody anybody everybody whoever': 'the caller, a person, no process, anyone, everyone …',
    'dear dearer dearest': 'expensive',
    hopeless: 'exhausted',
    'sealed unsealed reseal reseals resealed': 'encrypted, re-encrypt',
    'mend mends mended mending': 'fix',
    plainly: 'obviously, or the fast path',
    arrivals: 'unseen items, requests',
    anew: 'again, start over',
  }).flatMap(([words, instead]) => words.split(' ').map((word) => [word, instead])),
);

/** The same for what is not one word everywhere: `told` is fine in prose, and text may be laid out. */
const PATTERNS: [pattern: RegExp, instead: string][] = [
  [/\bother mind\b/i, 'Revisit if'],
  [/giveBack/i, 'release'],
  [/passedOver/i, 'skipped'],
  [/intake-?room/i, 'admission'],
  [/internal-?door/i, 'service auth'],
  [/(?<![a-z])(crypto|secrets?)-?box(?![a-z])/i, 'keyring'],
  [/catch-up|catchUp/i, 'refresh'],
  [/\blook-ups?\b/i, 'lookup'],
  [/\bin vain\b/i, 'without success'],
  [/\bunder way\b/i, 'in flight, running, in progress'],
  [/\b(is|are|was|were|be|been) away\b/i, 'unreachable, down, disconnected'],
  [/\bhears? of\b/i, 'is subscribed to, learns of'],
  [/\bfor (ever|good)\b/i, 'forever, permanently'],
  [/\blets? go of\b/i, 'release, deselect'],
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
    text: /nobody can guess|\|\| 'nobody'/g,
  },
  {
    why: 'texts of mails and of errors that users read',
    where: /^server\//,
    text: /Somebody changed this|'somebody' end|Nobody here has the email/g,
  },
];

/** What screens, mails, the API and docs once said, and a native reader would not. */
const CLUMSY = [
  'e-mail',
  'lives at this address',
  'front door',
  'reach its own parts',
  'Answer first',
  'said yes',
  'hung up',
  'stands in front of it',
  'take the message',
  'proper HTTP',
  'has run out',
  'told us to stop',
  'if nothing changes',
  'This one is ours',
  'has to act',
  'costs no try',
  'try again when they said',
  'tries that failed',
  'Still to send',
  'Typical answer',
  'In numbers',
  'a webhook feels',
  'Like my system',
  'was told, and why not',
  'Not told',
  'does not ask for',
  'ms with us',
  'Save this secret',
  'over a safe way',
  'I saved it',
  'now and in the future',
  'Chosen: nothing',
  'Hand over this link',
  'Make invite link',
  'it leaked',
  'may do what its role may',
  'no such page',
  'Nothing is at this address',
  'by ourselves',
  'by themselves',
  'shut out',
  'only this one time',
].map((phrase) => new RegExp(`\\b${phrase.replaceAll(' ', String.raw`\s+`)}\\b`, 'i'));

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

  it('speaks to people like a native', () => {
    const read = files.filter((file) => /^((admin|server)\/src|docs)\/|^README/.test(file) && !/\.spec\./.test(file));
    expectNone(
      read.flatMap((file) => {
        const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/^\s*(\/\/|\/?\*|--).*$/gm, '');
        return CLUMSY.flatMap((phrase) => (phrase.test(text) ? [`${file}: ${phrase.exec(text)![0]}`] : []));
      }),
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
    'intakeRoom',
    'internal-door.ts',
    'SecretBox',
    'begins anew',
    'while NATS is away',
    'a request under way',
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
    'right away',
    'underway',
  ])('allows %s', (text) => expect(wordsIn('server/src/x.ts', text)).toEqual([]));
});
