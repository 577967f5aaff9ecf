import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

/*
 * The package as npm would publish it: packed from an unbuilt tree, installed into an empty project without its
 * optional peers, and used from ES modules, CommonJS, strict TypeScript, Jest, a browser and Nest. It is not packed in
 * place, because that would rebuild dist while other tests use it.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NODE_MODULES = join(ROOT, 'node_modules');
/** A signed request, as source text. */
const SIGNED = signedRequest();
const run = promisify(execFile);

const PROGRAM = `
  async function main() {
    const offer = { offerId: 'o', applicationId: 'a', candidateId: 'c', sentAt: '2026-01-22T10:30:00Z' };
    const { id } = await webhookOfferSent({ ...offer, agencyId: 'agency' });
    console.log(typeof verify, typeof PublishError, id);
  }
  void main();`;
/** Packages of the workspace that the project's programs can import once they are linked. */
const PEERS = ['pg', '@types/pg', 'pg-protocol', 'pg-types', '@nestjs/common', '@nestjs/core', '@nestjs/cqrs'];
const LINKED_PEERS = ['@nestjs/event-emitter', '@nestjs/typeorm', 'typeorm', 'rxjs', 'reflect-metadata'];
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

function signedRequest(): string {
  const body = JSON.stringify({ event: 'offer.sent', timestamp: '2026-01-22T10:30:00.000Z', data: {} });
  const [id, time] = ['id', Math.floor(Date.now() / 1000)];
  const signature = createHmac('sha256', Buffer.alloc(32, 7)).update(`${id}.${time}.${body}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(time), 'webhook-signature': `v1,${signature}` };
  return JSON.stringify({ body, headers, secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` });
}

/** Without the variables that npm sets for its scripts, which would change how a nested npm behaves. */
function npm(cwd: string, ...args: string[]) {
  const { PATH, HOME } = process.env;
  return run('npm', args, { cwd, env: { PATH, HOME } });
}

/** Runs a program in the project, which publishes to the listener. */
async function expectPublishes(file: string): Promise<void> {
  published = [];
  const { port } = server.address() as AddressInfo;
  const env = { BPOC_WEBHOOKS_URL: `http://127.0.0.1:${port}`, BPOC_WEBHOOKS_TOKEN: 't' };
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: project, env });
  expect([stdout, stderr]).toEqual(['function function stored\n', '']);
  expect(JSON.parse(published.join(''))).toMatchObject({ type: 'offer.sent', agencyId: 'agency' });
}

it('contains code and types for ES modules and CommonJS, README and licence, and no tests', () => {
  const modules = ['main', 'publish', 'verify', 'verify-web', 'outbox/main', 'nest/main', 'cli/main'];
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

/** The output of a program in the project. */
async function printed(file: string, text: string, ...args: string[]): Promise<string> {
  writeFileSync(join(project, file), text);
  const { stdout } = await run(process.execPath, [file, ...args], { cwd: project, env: {} });
  return stdout.trim();
}

it('has a command that names a missing package', async () => {
  const bin = join(project, 'node_modules', '.bin', 'bpoc-webhooks');
  const { stdout } = await run(bin, ['outbox', 'sql'], { cwd: project });
  expect(stdout).toContain('create table if not exists bpoc_outbox (');
  const status = run(bin, ['outbox', 'status', '--database', 'postgres://127.0.0.1:1/x'], { cwd: project });
  await expect(status).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('npm install pg') });
  await expect(run(bin, ['explode'], { cwd: project })).rejects.toMatchObject({ code: 2 });
});

const WRITES = `
  const tx = { query: async (sql, parameters) => console.log(sql.slice(0, 23), JSON.parse(parameters[1]).type) };
  const offer = { offerId: 'o', applicationId: 'a', candidateId: 'c', sentAt: '2026-01-22T10:30:00Z' };
  void outbox.webhookOfferSent({ ...offer, agencyId: '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21' }, tx);`;

it('writes to an outbox without any peer, from both kinds of module', async () => {
  const wrote = 'insert into bpoc_outbox offer.sent';
  expect(await printed('outbox.mjs', `import { outbox } from 'bpoc-webhooks/outbox';${WRITES}`)).toBe(wrote);
  expect(await printed('outbox.cjs', `const { outbox } = require('bpoc-webhooks/outbox');${WRITES}`)).toBe(wrote);
});

it('works in Jest without configuration', async () => {
  const test = `
    const { verify, VerificationError } = require('bpoc-webhooks');
    const { outbox } = require('bpoc-webhooks/outbox');
    const web = require('bpoc-webhooks/verify-web');
    const signed = ${SIGNED};
    test('verify', async () => {
      expect(verify(signed).event).toBe('offer.sent');
      expect(() => verify({ ...signed, body: '{}' })).toThrow(VerificationError);
      expect((await web.verify(signed)).event).toBe('offer.sent');
      await expect(outbox.publish({}, {})).rejects.toThrow('catalogue');
    });`;
  writeFileSync(join(project, 'receiver.test.js'), test);
  const jest = join(NODE_MODULES, 'jest', 'bin', 'jest.js');
  const { PATH } = process.env;
  const { stderr } = await run(process.execPath, [jest, '--rootDir', '.'], { cwd: project, env: { PATH } });
  expect(stderr).toContain('Tests:       1 passed, 1 total');
});

it('verifies in a browser, from a bundle', async () => {
  writeFileSync(
    join(project, 'page.mjs'),
    `import { verify } from 'bpoc-webhooks/verify-web'; globalThis.verify = verify;`,
  );
  const rolldown = join(NODE_MODULES, 'rolldown', 'bin', 'cli.mjs');
  const options = ['--platform', 'browser', '--format', 'iife', '--file', 'bundle.js'];
  await run(process.execPath, [rolldown, 'page.mjs', ...options], { cwd: project });
  const code = readFileSync(join(project, 'bundle.js'), 'utf8');
  expect(code).not.toMatch(/node:|require\(/);
  // Only what a page has, nothing of Node.
  const page = { crypto, TextEncoder, TextDecoder, Uint8Array, Headers, atob } as Record<string, unknown>;
  runInNewContext(code, page);
  const verify = page['verify'] as (input: unknown) => Promise<{ event: string }>;
  const signed = runInNewContext(`(${SIGNED})`, { ...page }) as object;
  expect((await verify(signed)).event).toBe('offer.sent');
  await expect(verify({ ...signed, body: '{}' })).rejects.toMatchObject({ code: 'signature_mismatch' });
});

const NEST = `
  class AppModule {}
  Module({ imports: [BpocWebhooksModule.forRoot({ outbox: { database: 'postgres://127.0.0.1:1/x', relay: false } })] })(
    AppModule,
  );
  class Sent {}
  const offer = { offerId: 'o', applicationId: 'a', candidateId: 'c', sentAt: '2026-01-22T10:30:00Z' };
  PublishAsWebhook('offer.sent', () => ({ ...offer, agencyId: '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21' }))(Sent);
  NestFactory.createApplicationContext(AppModule, { logger: false }).then(async (app) => {
    const tx = { query: async (sql, parameters) => console.log(sql.slice(0, 23), JSON.parse(parameters[1]).type) };
    const publisher = app.get(WebhookPublisher);
    await publisher.webhookOfferSent({ ...offer, agencyId: '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21' }, tx);
    await app.close();
  });`;

it('is a module of the Nest of this workspace, from both kinds of module', async () => {
  linkPeers();
  const names = '{ BpocWebhooksModule, PublishAsWebhook, WebhookPublisher }';
  const esm = `import { Module } from '@nestjs/common'; import { NestFactory } from '@nestjs/core';
    import ${names} from 'bpoc-webhooks/nest';${NEST}`;
  const cjs = `const { Module } = require('@nestjs/common'); const { NestFactory } = require('@nestjs/core');
    const ${names} = require('bpoc-webhooks/nest');${NEST}`;
  expect(await printed('nest.mjs', esm)).toBe('insert into bpoc_outbox offer.sent');
  expect(await printed('nest.cjs', cjs)).toBe('insert into bpoc_outbox offer.sent');
});

function linkPeers(): void {
  for (const name of [...PEERS, ...LINKED_PEERS]) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(join(NODE_MODULES, name), link);
  }
}

it('publishes from strict TypeScript, whose types reject an invalid event', async () => {
  const typed = `${IMPORT}
    import { outbox } from 'bpoc-webhooks/outbox';
    import { PublishAsWebhook, WebhookPublisher } from 'bpoc-webhooks/nest';
    import { verify as verifyWeb } from 'bpoc-webhooks/verify-web';
    import type { Client } from 'pg';
    import type { EntityManager } from 'typeorm';
    type Offer = Parameters<typeof outbox.webhookOfferSent>[0];
    interface Some { offer: Offer; publisher: WebhookPublisher; client: Client; manager: EntityManager }
    export const inTransactions = ({ offer, publisher, client, manager }: Some) => [
      outbox.webhookOfferSent(offer, client),
      outbox.webhookOfferSent(offer, manager),
      publisher.webhookOfferSent(offer, manager),
      publisher.webhookOfferSent(offer),
      // @ts-expect-error: an outbox needs the transaction
      outbox.webhookOfferSent(offer),
      verifyWeb({ body: '', headers: {}, secret: '' }).then((message) => message.event === 'offer.sent' && message.id),
    ];
    export class Sent {
      constructor(readonly offer: Offer) {}
    }
    PublishAsWebhook('offer.sent', ({ offer }: Sent) => offer)(Sent);
    // @ts-expect-error: an id is a string
    export const wrong: Parameters<typeof webhookOfferSent>[0]['offerId'] = 1;`;
  linkPeers();
  for (const file of ['typed.mts', 'typed.cts']) writeFileSync(join(project, file), typed);
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--module', 'nodenext'];
  const types = ['--types', 'node', '--typeRoots', join(NODE_MODULES, '@types')];
  const tsc = join(NODE_MODULES, '.bin', 'tsc');
  await run(tsc, [...strict, ...types, 'typed.mts', 'typed.cts'], { cwd: project });
  await expectPublishes('typed.mjs');
  await expectPublishes('typed.cjs');
});
