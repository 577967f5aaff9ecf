import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as pty from '@lydell/node-pty';
import { verify } from 'bpoc-webhooks';
import {
  addWebhook,
  applicationCreated,
  deliveriesOf,
  deliveryDetail,
  onlyDelivery,
  publish,
  recruiter,
} from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Program } from '../support/program.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { ReverseProxy } from '../support/reverse-proxy.js';
import { ROOT, startServer, type TestServer } from '../support/server.js';

/* The command line for integrators: `listen`, which passes the local answer on, and the other commands. */

const COMMAND = 'node_modules/bpoc-webhooks/dist/esm/cli/main.js';

let server: TestServer;
let proxy: ReverseProxy;
let local: Receiver;
const programs: Program[] = [];
let terminal: pty.IPty | undefined;

beforeAll(async () => {
  server = await startServer();
  proxy = await new ReverseProxy(() => server.url).listen();
  local = await startReceiver();
});
afterAll(async () => {
  terminal?.kill('SIGKILL');
  await Promise.all(programs.map((program) => program.stop()));
  await local?.close();
  await proxy?.close();
  await server?.stop();
});

const env = () => ({ BPOC_WEBHOOKS_URL: proxy.url, BPOC_API_KEY: server.demo.apiKey });

interface Listening {
  program: Program;
  id: string;
}

async function listen(path: string, ...options: string[]): Promise<Listening> {
  const program = new Program(process.execPath, [COMMAND, 'listen', `${local.port}${path}`, ...options], env());
  programs.push(program);
  const id = await eventually(() => {
    expect(program.output).toContain('connected');
    return /listener ([0-9a-f-]{36})/.exec(program.output)![1]!;
  });
  return { program, id };
}

const webhook = async (id: string) => (await recruiter(server).get(`/api/recruiter/webhooks/${id}`)).body;

it('passes the local answer to the delivery, behind a proxy and across a crash of the server', async () => {
  const { program, id } = await listen('/hooks', '--output', 'json');
  const secret = /Secret, shown only now: (whsec_\S+)/.exec(program.output)![1]!;
  local.script('/hooks', { status: 503, body: 'not yet' }, { status: 201, body: 'taken' });
  await publish(server, applicationCreated(server, { candidateName: 'Zoë 李' }));
  const delivery = await eventually(async () => {
    const found = await onlyDelivery(server, id);
    expect(found.status).toBe('delivered');
    return found;
  });
  expect(delivery.timeline.map(({ reason, response_status }) => [reason, response_status])).toEqual([
    ['down', 503],
    ['ok', 201],
  ]);
  const content = await recruiter(server).get(`/api/recruiter/deliveries/${delivery.id}/content`);
  expect(JSON.stringify(content.body)).toContain('taken');
  const [first, second] = local.requests('/hooks');
  for (const { body, headers } of [first!, second!])
    expect(verify({ body, headers, secret }).data).toMatchObject({ candidateName: 'Zoë 李' });
  const lines = program.output.split('\n').filter((line) => line.startsWith('{'));
  expect(lines.map((line) => JSON.parse(line).answer)).toEqual([
    { status: 503, body: 'not yet' },
    { status: 201, body: 'taken' },
  ]);

  await server.kill('SIGKILL');
  await server.restart();
  await publish(server, applicationCreated(server));
  await eventually(() => expect(local.requests('/hooks')).toHaveLength(3), { timeoutMs: 30_000 });
  await eventually(async () =>
    expect((await deliveriesOf(server, id)).map(({ status }) => status)).toEqual(['delivered', 'delivered']),
  );
  expect(program.output.split(secret)).toHaveLength(2);

  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(await webhook(id)).toMatchObject({ kind: 'listen', is_active: false, off_reason: 'session_ended' });
});

it('skips what is missed, which can be resent after a resume, and says why the local address failed', async () => {
  const { program, id } = await listen('/missed');
  program.kill('SIGTERM');
  await program.exited;
  await publish(server, applicationCreated(server));
  const [missed] = await deliveriesOf(server, id);
  expect(missed).toMatchObject({ status: 'skipped', reason: 'webhook_off' });

  const again = await listen('/missed', '--resume', id);
  expect(again.program.output).not.toContain('whsec_');
  local.script('/missed', 'reset', 200);
  await recruiter(server).post(`/api/recruiter/deliveries/${missed!.id}/resend`).expect(202);
  await eventually(async () =>
    expect((await deliveryDetail(server, missed!.id)).timeline.map(({ reason }) => reason)).toEqual(['reset', 'ok']),
  );
  expect(again.program.output).toMatch(/application\.created .* connection closed/);
  // Another one takes over.
  const newer = await listen('/missed', '--resume', id);
  expect((await again.program.exited).code).toBe(1);
  expect(again.program.output).toContain('another listen took over');
  newer.program.kill('SIGTERM');
  expect((await newer.program.exited).code).toBe(0);
});

it('shows a full screen in a terminal, resends with a key and restores the terminal', async () => {
  let screen = '';
  const { PATH = '', HOME = '' } = process.env;
  local.script('/screen', { status: 200, body: '\x1b[31mred' });
  const spawned = pty.spawn(process.execPath, [COMMAND, 'listen', `${local.port}/screen`, '--events', 'offer.*'], {
    cwd: ROOT,
    cols: 100,
    rows: 20,
    env: { PATH, HOME, TERM: 'xterm-256color', ...env() },
  });
  spawned.onData((data) => (screen += data));
  terminal = spawned;
  const exited = new Promise<number>((resolve) => spawned.onExit(({ exitCode }) => resolve(exitCode)));
  await eventually(() => expect(screen).toContain('connected'));
  expect(screen).toContain('\x1b[?1049h');
  const { agencyId } = server.demo;
  const data = { offerId: 'o', applicationId: 'a', candidateId: 'c', sentAt: '2026-01-22T10:30:00.000Z' };
  await publish(server, applicationCreated(server));
  await publish(server, { type: 'offer.sent', agencyId, data });
  await eventually(() => expect(screen).toMatch(/> .*offer\.sent +200 /));
  expect(screen).not.toContain('application.created');
  spawned.write('d');
  await eventually(() => expect(screen).toContain('webhook-signature: v1,'));
  expect(screen).toContain('red');
  expect(screen).not.toContain('\x1b[31mred');
  spawned.write('r');
  await eventually(() => expect(screen).toContain('sent again'));
  await eventually(() => expect(local.requests('/screen')).toHaveLength(2));
  spawned.resize(60, 10);
  spawned.write('dk');
  await eventually(() => expect(screen).toMatch(/> .*offer\.sent try 2 +200/));
  spawned.write('q');
  expect(await exited).toBe(0);
  expect(screen).toContain('\x1b[?1049l');
  expect(screen.split(/whsec_/)).toHaveLength(2);
});

async function run(args: string[], more: Record<string, string> = {}) {
  const program = new Program(process.execPath, [COMMAND, ...args], { ...env(), ...more });
  programs.push(program);
  const { code } = await program.exited;
  return { code, output: program.output };
}

const jsonOf = ({ output }: { output: string }) =>
  output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

it('triggers, lists, resends and tails', async () => {
  const { id } = await addWebhook(server, { url: local.url('/desk'), events: ['placement.created'] });
  const test = await run(['trigger', 'placement.created', '--webhook', id, '--set', 'placementId=P-9', '--json']);
  expect([test.code, ...jsonOf(test)]).toEqual([0, expect.objectContaining({ status: 'delivered', webhook_id: id })]);
  expect(JSON.parse(local.requests('/desk')[0]!.body.toString()).data).toMatchObject({ placementId: 'P-9' });
  const wrong = await run(['trigger', 'placement.created', '--webhook', id, '--set', 'nothing=x']);
  expect(wrong).toEqual({ code: 1, output: expect.stringContaining('data.nothing') });

  local.script('/desk', ...Array.from({ length: 4 }, () => 500));
  const token = { BPOC_WEBHOOKS_TOKEN: server.demo.serviceToken };
  const published = await run(['trigger', 'placement.created', '--json'], token);
  expect(jsonOf(published)).toEqual([expect.objectContaining({ deliveries: 1 })]);
  const failed = async () => jsonOf(await run(['deliveries', '--failed', '--since', '1h', '--webhook', id, '--json']));
  // Over HTTP, because a run of the command costs a quarter of a second of CPU.
  const become = (status: string) =>
    eventually(async () => expect(await deliveriesOf(server, id)).toMatchObject([{ status }]));
  await become('failed');
  const [delivery, ...others] = await failed();
  expect(others).toEqual([]);
  const filter = ['--failed', '--since', '1h', '--webhook', id];
  expect(jsonOf(await run(['resend', ...filter, '--dry-run', '--json']))).toMatchObject([{ count: 1 }]);
  expect(local.requests('/desk')).toHaveLength(5);
  const resent = await run(['resend', ...filter, '--json']);
  expect([resent.code, jsonOf(resent)]).toEqual([0, [expect.objectContaining({ status: 'done', resent: 1 })]]);
  await become('delivered');
  expect(await failed()).toEqual([]);
  expect(await run(['resend', delivery!['id'] as string])).toMatchObject({ code: 0 });
  expect((await run(['resend', id])).code).toBe(1);

  const tailed = await run(['events', 'tail', '--once', '--since', '1h', '--event', 'placement.*', '--json']);
  expect(jsonOf(tailed).map(({ id: event }) => event)).toEqual([jsonOf(published)[0]!['id']]);
  const doctor = await run(['doctor', '--json']);
  expect(jsonOf(doctor)).toContainEqual({ check: 'key', ok: true, detail: expect.stringContaining('admin of') });
  expect((await run(['completion', 'bash'])).output).toContain('complete -F');
});

it('says which step of a request fails', async () => {
  const { id, secret } = await addWebhook(server, { url: local.url('/verify'), events: ['offer.*'] });
  await run(['trigger', 'offer.sent', '--webhook', id]);
  const { headers, body } = local.requests('/verify')[0]!;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
  const folder = mkdtempSync(join(tmpdir(), 'bpoc-verify-'));
  const verifying = async (text: string, ...options: string[]) => {
    const file = join(folder, 'request.txt');
    writeFileSync(file, text);
    const result = await run(['verify', file, '--json', ...options], { BPOC_WEBHOOK_SECRET: secret });
    expect(result.output).not.toContain(secret);
    return [result.code, jsonOf(result)[0]!['code'] ?? 'valid'];
  };
  const request = `POST /verify HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body.toString()}`;
  expect(await verifying(request)).toEqual([0, 'valid']);
  expect(await verifying(`${request}\n`)).toEqual([0, 'valid']);
  expect(await verifying(request, '--at', '2020-01-01T00:00:00Z')).toEqual([1, 'too_new']);
  expect(await verifying(request.replace('webhook-id:', 'x:'))).toEqual([1, 'missing_header']);
  expect(await verifying(request.replace('offerId', 'offerID'))).toEqual([1, 'signature_mismatch']);
  expect(await verifying(request.replace('":"', '": "'))).toEqual([1, 'body_rewritten']);
  rmSync(folder, { recursive: true });
});

it('says what is wrong with its arguments and its key, without showing the key', async () => {
  const listening = (args: string[], more?: Record<string, string>) => run(['listen', ...args], more);
  expect(await listening([])).toMatchObject({ code: 2, output: expect.stringContaining('one local address') });
  expect(await listening(['3000'], { BPOC_API_KEY: '' })).toMatchObject({ code: 2 });
  const wrong = await listening(['3000'], { BPOC_API_KEY: 'bpoc_key_wrong' });
  expect(wrong).toMatchObject({ code: 3, output: expect.stringContaining('unknown, expired or revoked') });
  expect(wrong.output).not.toContain('bpoc_key_wrong');
  const events = await listening(['3000', '--events', 'offer']);
  expect(events).toMatchObject({ code: 1, output: expect.stringContaining('events.0') });
});

it('signs in with a code that a person confirms, stores the key for the user only, and revokes it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bpoc-login-'));
  const own = { XDG_CONFIG_HOME: folder, BPOC_API_KEY: '' };
  const login = async () => {
    const program = new Program(process.execPath, [COMMAND, 'login', '--url', proxy.url], own);
    programs.push(program);
    const user_code = await eventually(() => /the code: (\S+)/.exec(program.output)![1]!);
    const confirm = { user_code, allow: true, role: 'member' };
    await recruiter(server).post('/api/recruiter/sign-in-codes/answer').send(confirm).expect(204);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    return program.output;
  };
  const first = await login();
  expect(first).toMatch(/\/recruiter\/api\/sign-in-code\s/);
  expect(first).toContain('Signed in as member of');
  expect(first).not.toContain('earlier login');
  expect(await login()).toContain('The key of the earlier login is revoked.');
  const keys = async () => JSON.stringify((await recruiter(server).get('/api/recruiter/api-keys')).body);
  expect((await keys()).split('bpoc-webhooks on')).toHaveLength(2);
  const file = join(folder, 'bpoc-webhooks', 'keys.json');
  expect((statSync(file).mode & 0o777).toString(8)).toBe('600');

  // Also without an address: uses that of the last login.
  const without = { ...own, BPOC_WEBHOOKS_URL: '' };
  expect(await run(['deliveries', '--limit', '1'], without)).toMatchObject({ code: 0 });
  // But never with another key.
  const foreign = await run(['deliveries'], { ...without, BPOC_API_KEY: 'bpoc_key_of_another_server' });
  expect(foreign).toMatchObject({ code: 2, output: expect.stringContaining('name the server') });
  expect(await run(['logout'], without)).toMatchObject({ code: 0, output: expect.stringContaining('Signed out') });
  expect(existsSync(file)).toBe(false);
  expect(await keys()).not.toContain('bpoc-webhooks on');
  expect(await run(['deliveries'], without)).toMatchObject({ code: 2 });
  rmSync(folder, { recursive: true });
});
