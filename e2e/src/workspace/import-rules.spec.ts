import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LONG } from '../support/long.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CONFIG = join(ROOT, '.dependency-cruiser.mjs');
const PROJECTS = ['server/src', 'admin/src', 'sdk/src', 'mcp/src', 'e2e/src'];

/** Runs a program of node_modules/.bin and returns what it printed, whatever its exit code. */
const run = (program: string, cwd: string, ...rest: string[]) =>
  new Promise<string>((resolve) => {
    const bin = join(ROOT, 'node_modules/.bin', program);
    execFile(bin, rest, { cwd, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) => resolve(stdout));
  });

interface Summary {
  violations: { from: string; to: string; rule: { name: string } }[];
  totalCruised: number;
}

async function cruise(cwd: string): Promise<Summary> {
  const output = await run('depcruise', cwd, ...PROJECTS, '--config', CONFIG, '--output-type', 'json');
  return (JSON.parse(output) as { summary: Summary }).summary;
}

/** A planted file with the module that it must not import, by the name of the rule that it breaks. */
const SEEDS: [rule: string, file: string, imports: string][] = [
  ['no-barrels', 'admin/src/lib/x.ts', './index.js'],
  ['no-cycles', 'server/src/lib/circle-a.ts', './circle-b.js'],
  ['lib-import-nothing-above', 'server/src/lib/x.ts', '../config/target.js'],
  ['config-database-http-outbound-import-nothing-above', 'server/src/http/x.ts', '../auth/target.js'],
  ['agencies-auth-audit-import-nothing-above', 'server/src/auth/x.ts', '../events/target.js'],
  ['events-health-mail-metrics-import-nothing-above', 'server/src/events/x.ts', '../webhooks/model/target.js'],
  ['nats-import-nothing-above', 'server/src/nats/x.ts', '../webhooks/model/target.js'],
  ['only-nats-speaks-nats', 'server/src/events/y.ts', '@nats-io/transport-node'],
  ['model-destinations-import-nothing-above', 'server/src/webhooks/model/x.ts', '../engine/target.js'],
  ['engine-import-nothing-above', 'server/src/webhooks/engine/x.ts', '../settings/target.js'],
  ['rooms-import-no-part-of-the-boot', 'server/src/audit/x.ts', '../http-app.js'],
  ['embedded-is-for-the-boot', 'server/src/auth/y.ts', '../embedded/target.js'],
  ['only-known-rooms', 'server/src/misc/x.ts', '../lib/target.js'],
  ['engine-knows-no-controller-service-or-dto', 'server/src/webhooks/engine/z.ts', '../../audit/audit.dto.js'],
  ['entities-import-only-entities', 'server/src/webhooks/model/x.entity.ts', '../../database/target.js'],
  ['only-outbound-sends', 'server/src/webhooks/x.ts', 'undici'],
  ['only-outbound-sends', 'server/src/webhooks/y.ts', 'node:http'],
  ['projects-know-no-other', 'mcp/src/x.ts', '../../sdk/src/main.js'],
  ['projects-know-no-other', 'sdk/src/x.ts', '../../server/src/lib/target.js'],
  ['projects-know-no-other', 'e2e/src/x.ts', '../../server/src/lib/target.js'],
  ['features-know-no-other', 'admin/src/features/guide/x.ts', '../webhooks/target.js'],
  ['only-ui-knows-the-kit', 'admin/src/features/guide/y.ts', '@mantine/core'],
];

/** A planted line that the linter refuses, by the words of its message. */
const LINT_SEEDS: [words: string, file: string, line: string][] = [
  ['process.env', 'server/src/auth/env.ts', `export const x = process.env['X'];`],
  ['node:process', 'server/src/auth/process.ts', `import { env } from 'node:process';\nexport const x = env;`],
  ['fetch', 'server/src/webhooks/fetch.ts', `export const x = fetch('https://a.example');`],
  ['Date.now', 'server/src/webhooks/engine/send/retry-policy.ts', `export const x = Date.now();`],
  ['Math.random', 'server/src/webhooks/engine/send/signing.ts', `export const x = Math.random();`],
  ['URL.canParse', 'server/src/outbound/can-parse.ts', `export const x = URL.canParse('');`],
];

/** Writes the seeds, and what they import, so that it is found. */
async function plant(folder: string): Promise<void> {
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  };
  for (const [, file, imports] of SEEDS) {
    await write(file, `import '${imports}';\n`);
    const target = join(dirname(file), imports.replace(/\.js$/, '.ts'));
    if (imports.startsWith('.')) await write(target, `export {};\n`);
  }
  await write('server/src/lib/circle-b.ts', `import './circle-a.js';\n`);
  for (const [, file, line] of LINT_SEEDS) await write(file, `${line}\n`);
  await write('.oxlintrc.json', await readFile(join(ROOT, '.oxlintrc.json'), 'utf8'));
}

describe('the import rules', () => {
  let planted: string;
  beforeAll(async () => {
    planted = await mkdtemp(join(tmpdir(), 'bpoc-rules-'));
    await plant(planted);
  });
  afterAll(() => rm(planted, { recursive: true, force: true }));

  it('hold in the whole workspace', async () => {
    const { violations, totalCruised } = await cruise(ROOT);
    expect(totalCruised).toBeGreaterThan(500);
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  });

  if (LONG) {
    it('find a planted violation of each rule', async () => {
      const { violations } = await cruise(planted);
      const found = violations.map(({ rule, from }) => `${rule.name} ${from}`);
      for (const [rule, file] of SEEDS) expect(found).toContainEqual(`${rule} ${file}`);
      const { default: config } = (await import(CONFIG)) as { default: { forbidden: { name: string }[] } };
      const tried = [...new Set(SEEDS.map(([rule]) => rule))].toSorted();
      expect(tried).toEqual(config.forbidden.map(({ name }) => name).toSorted());
    });
  }

  if (LONG) {
    it('that are not about imports are enforced by the linter', async () => {
      const lines = (await run('oxlint', planted, 'server', '--format', 'unix')).split('\n');
      for (const [words, file] of LINT_SEEDS) {
        const about = lines.filter((line) => line.includes(file)).join('\n');
        expect({ file, about }).toEqual({ file, about: expect.stringContaining(words) });
      }
    });
  }

  it('let only the queue and the outbox lock rows with SKIP LOCKED', async () => {
    const files = await readdir(join(ROOT, 'server/src'), { recursive: true });
    const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
    const texts = await Promise.all(sources.map((file) => readFile(join(ROOT, 'server/src', file), 'utf8')));
    const locking = sources.filter((_, index) => /skip locked/i.test(texts[index]!));
    expect(locking.length).toBeGreaterThan(0);
    expect(locking.filter((file) => !/^webhooks\/engine\/queue\/|^outbound\/outbox\.ts/.test(file))).toEqual([]);
  });
});
