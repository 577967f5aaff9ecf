import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';

/*
 * The package as npm would publish it: packed from an unbuilt tree, installed into an empty project, and used from ES
 * modules, CommonJS and strict TypeScript. Not packed in place: that would rebuild dist while other tests use it.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NODE_MODULES = join(ROOT, 'node_modules');
const run = promisify(execFile);

jest.setTimeout(120_000);

const PROGRAM = `
  async function main() {
    const offer = { offerId: 'o', applicationId: 'a', candidateId: 'c', sentAt: '2026-01-22T10:30:00Z' };
    const { id } = await webhookOfferSent({ ...offer, agencyId: 'agency' });
    console.log(typeof verify, typeof PublishError, id);
  }
  void main();`;
const IMPORT = `import { PublishError, verify, webhookOfferSent } from 'bpoc-webhooks';${PROGRAM}`;

let folder: string;
let project: string;
let packed: string[];
let server: Server;
let published: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bpoc-pack-'));
  const clone = join(folder, 'clone');
  const isSource = (path: string) => !/[\\/](dist|\.results|node_modules)$/.test(path);
  cpSync(join(ROOT, 'sdk'), join(clone, 'sdk'), { recursive: true, filter: isSource });
  cpSync(join(ROOT, 'tsconfig.base.json'), join(clone, 'tsconfig.base.json'));
  symlinkSync(NODE_MODULES, join(clone, 'node_modules'));
  await npm(join(clone, 'sdk'), 'pack', '--pack-destination', folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;

  project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{}');
  await npm(project, 'install', '--offline', '--no-audit', '--no-fund', join(folder, tarball));
  const installed = join(project, 'node_modules', 'bpoc-webhooks');
  packed = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));

  server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => published.push(text));
    request.on('end', () => response.writeHead(202).end('{"id":"stored","deliveries":1}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Without the variables that npm sets for its scripts, which would change how a nested npm behaves. */
function npm(cwd: string, ...args: string[]) {
  const { PATH, HOME } = process.env;
  return run('npm', args, { cwd, env: { PATH, HOME } });
}

/** Runs a program in the project: it publishes to the listener, and has the whole package. */
async function expectPublishes(file: string): Promise<void> {
  published = [];
  const { port } = server.address() as AddressInfo;
  const env = { BPOC_WEBHOOKS_URL: `http://127.0.0.1:${port}`, BPOC_WEBHOOKS_TOKEN: 't' };
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: project, env });
  expect([stdout, stderr]).toEqual(['function function stored\n', '']);
  expect(JSON.parse(published.join(''))).toMatchObject({ type: 'offer.sent', agencyId: 'agency' });
}

it('contains code and types for ES modules and CommonJS, README and licence, and no tests', () => {
  const modules = ['main', 'publish', 'http-transport', 'verify', 'webhook-events'];
  const expected = ['esm', 'cjs'].flatMap((half) =>
    modules.flatMap((name) => [`dist/${half}/${name}.js`, `dist/${half}/${name}.d.ts`]),
  );
  expect(packed).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/cjs/package.json', ...expected]),
  );
  expect(packed.filter((path) => !/^(LICENSE|README\.md|package\.json|dist\/(esm|cjs)\/.*)$/.test(path))).toEqual([]);
  expect(packed.filter((path) => path.includes('.spec.'))).toEqual([]);
});

it('publishes from an ES module', async () => {
  writeFileSync(join(project, 'module.mjs'), IMPORT);
  await expectPublishes('module.mjs');
});

it('publishes from CommonJS', async () => {
  const required = `const { PublishError, verify, webhookOfferSent } = require('bpoc-webhooks');${PROGRAM}`;
  writeFileSync(join(project, 'common.cjs'), required);
  await expectPublishes('common.cjs');
});

it('publishes from strict TypeScript, whose types reject an invalid event', async () => {
  const typed = `${IMPORT}
    // @ts-expect-error: an id is a string
    export const wrong: Parameters<typeof webhookOfferSent>[0]['offerId'] = 1;`;
  for (const file of ['typed.mts', 'typed.cts']) writeFileSync(join(project, file), typed);
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--module', 'nodenext'];
  const types = ['--types', 'node', '--typeRoots', join(NODE_MODULES, '@types')];
  const tsc = join(NODE_MODULES, '.bin', 'tsc');
  await run(tsc, [...strict, ...types, 'typed.mts', 'typed.cts'], { cwd: project });
  await expectPublishes('typed.mjs');
  await expectPublishes('typed.cjs');
});
