import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import {
  addWebhook,
  applicationCreated,
  bearer,
  deliveriesOf,
  publish,
  recruiter,
  service,
} from '../support/client.js';
import { databaseLog, dumpTables } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { Program } from '../support/program.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { databaseEnv, runKeys } from '../support/shared-database.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * Everything that creates, uses or carries a secret, at the most verbose log level; then every secret is searched for
 * in everything written: the server's output, the database's log, every row of every table.
 */

const random = (): string => randomBytes(32).toString('base64');
/** The run's key, and a newer one. */
const KEYRING = `k2:${random()},${runKeys()}`;
const KEYS = Object.fromEntries(KEYRING.split(',').map((key) => key.split(':') as [string, string]));
const SETTINGS = { CRON_SECRET: `cron-${random()}`, METRICS_TOKEN: `metrics-${random()}` };
const IDENTITY = { IDENTITY_ISSUER: 'https://id.example/', IDENTITY_AUDIENCE: 'bpoc', IDENTITY_HS256_SECRET: random() };
const MAIL_PASSWORD = `mail-${randomBytes(24).toString('hex')}`;

/** Secrets that only their owner may read, by kind. */
const secrets: Record<string, string> = {
  ...KEYS,
  ...SETTINGS,
  MAIL_PASSWORD,
  provider: IDENTITY.IDENTITY_HS256_SECRET,
};
/** Parts of messages (candidates' data), and of what receivers answered. */
const MESSAGE = `Jane-${randomUUID()}`;
const ANSWER = `sorry-${randomUUID()}`;

let server: TestServer;
let receiver: Receiver;
let dump: Map<string, string[]>;
let logs: string;

beforeAll(async () => {
  // No mail server listens there.
  const SMTP_URL = `smtp://mailer:${MAIL_PASSWORD}@127.0.0.1:9`;
  const env = { LOG_LEVEL: 'trace', LOG_FORMAT: 'json', SECRETS_KEYS: KEYRING, ...SETTINGS, ...IDENTITY, SMTP_URL };
  [server, receiver] = await Promise.all([startServer({ env }), startReceiver()]);
  const { apiKey: demo_key, serviceToken: demo_token, password: demo_password } = server.demo;
  Object.assign(secrets, { demo_key, demo_token, demo_password });
  await signIn();
  await issueKeys();
  await deliver();
  await askWrongly();
  dump = await dumpTables(server.dataDir);
  // What is printed at the end belongs to the log.
  await server.kill('SIGTERM');
  logs = server.logs() + databaseLog();
});
afterAll(async () => {
  await receiver?.close();
  await server?.stop();
});

/** Signing in: wrong and right passwords, a changed password, an invite, a session. */
async function signIn(): Promise<void> {
  const { email, password } = server.demo;
  Object.assign(secrets, {
    wrong_password: `wrong ${random()}`,
    new_password: `new ${random()}`,
    second: `two ${random()}`,
  });
  const login = (given: string) => request(server.url).post('/api/auth/login').send({ email, password: given });
  expect((await login(secrets['wrong_password']!)).status).toBe(401);
  const session = request.agent(server.url);
  const { headers } = await session.post('/api/auth/login').send({ email, password });
  secrets['session'] = /=([^;]{20,})/.exec(String(headers['set-cookie']))![1]!;
  const passwords = { current_password: password, new_password: secrets['new_password'] };
  expect((await session.post('/api/auth/password').send(passwords)).status).toBeLessThan(300);
  const again = await request(server.url).post('/api/auth/login').send({ email, password: secrets['new_password'] });
  secrets['second_session'] = /=([^;]{20,})/.exec(String(again.headers['set-cookie']))![1]!;
  const asOwner = (path: string) => request(server.url).post(path).set('cookie', String(again.headers['set-cookie']));
  const invited = await asOwner('/api/recruiter/members').send({ email: 'ben@agency.example', role: 'member' });
  secrets['invite'] = String(invited.body.invite_url).split('#')[1]!;
  const accepted = await request(server.url)
    .post('/api/auth/invite')
    .send({ token: secrets['invite'], password: secrets['second'] });
  expect(accepted.status).toBeLessThan(300);
  secrets['bearer'] = identityToken(email);
  expect((await bearer(server.url, secrets['bearer']).get('/api/me')).status).toBe(200);
}

/** As the platform's identity provider would issue it (JWT, HS256). */
function identityToken(email: string, secondsLeft = 600): string {
  const exp = Math.floor(Date.now() / 1000) + secondsLeft;
  const claims = {
    iss: IDENTITY.IDENTITY_ISSUER,
    aud: IDENTITY.IDENTITY_AUDIENCE,
    sub: 'ben',
    email,
    iat: exp - 3600,
    exp,
  };
  const text = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${text({ alg: 'HS256', typ: 'JWT' })}.${text(claims)}`;
  return `${signed}.${createHmac('sha256', IDENTITY.IDENTITY_HS256_SECRET).update(signed).digest('base64url')}`;
}

async function issueKeys(): Promise<void> {
  const key = await recruiter(server).post('/api/recruiter/api-keys').send({ name: 'Reports', role: 'viewer' });
  secrets['key'] = key.body.key ?? key.body.token;
  expect((await bearer(server.url, secrets['key']!).get('/api/recruiter/webhooks')).status).toBe(200);
  const agency = { name: 'North Star', owner: { email: 'anna@north.example' } };
  const made = await service(server).put(`/api/internal/agencies/${randomUUID()}`).send(agency);
  secrets['owner_invite'] = String(made.body.owner.invite_url).split('#')[1]!;
  const args = ['server/dist/cli/agency.js', 'create', '--name', 'South', '--email', 'bo@south.example'];
  const more = ['--scopes', 'publish,erase', '--url', server.url];
  const command = new Program(process.execPath, [...args, ...more], databaseEnv(server.dataDir));
  expect((await command.exited).code).toBe(0);
  secrets['service_token'] = /bpoc_svc_\S+/.exec(command.output)![0];
  secrets['command_invite'] = /invite#(\S+)/.exec(command.output)![1]!;
  const erased = await bearer(server.url, secrets['service_token'])
    .delete('/api/internal/references/candidate/x')
    .query({
      agencyId: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(command.output)![0],
    });
  expect(erased.status).toBe(200);
}

/** Messages that arrive, fail in several ways, or stay in a test inbox; webhooks with headers and old secrets. */
async function deliver(): Promise<void> {
  secrets['custom_header'] = `custom ${random()}`;
  const headers = { 'x-api-token': secrets['custom_header'] };
  receiver.script('/fails', ...Array.from({ length: 4 }, () => ({ status: 500, body: ANSWER })));
  const inbox = await recruiter(server).post('/api/recruiter/inboxes');
  secrets['inbox'] = String(inbox.body.url).split('/').at(-1)!;
  const urls = [receiver.url('/takes'), receiver.url('/fails'), 'http://localhost:9/refused', String(inbox.body.url)];
  const ids: string[] = [];
  for (const [index, url] of urls.entries()) {
    const made = await addWebhook(server, { url, ...({ headers } as object) });
    ids.push(made.id);
    secrets[`signing_${index}`] = made.secret;
    for (const overlap_seconds of [3600, 0]) {
      const rotated = await recruiter(server)
        .post(`/api/recruiter/webhooks/${made.id}/secret`)
        .send({ overlap_seconds });
      secrets[`signing_${index}_${overlap_seconds}`] = rotated.body.secret;
    }
  }
  await publish(server, { ...applicationCreated(server, { candidateName: MESSAGE }), id: randomUUID() });
  await recruiter(server).post(`/api/recruiter/webhooks/${ids[0]}/test`).send({ event: 'offer.sent' });
  await eventually(
    async () => {
      const states = await Promise.all(ids.map(async (id) => (await deliveriesOf(server, id))[0]?.status));
      expect(states).toEqual(['delivered', 'failed', 'failed', 'delivered']);
    },
    { timeoutMs: 30_000 },
  );
  expect(receiver.requests('/takes')[0]!.headers['x-api-token']).toBe(secrets['custom_header']);
  await pauseWithAlert(ids[2]!);
}

/** A webhook that always fails, with alerts to a URL and, without success, by mail. */
async function pauseWithAlert(webhookId: string): Promise<void> {
  secrets['alert_url'] = `alert-${random()}`;
  const path = `/${secrets['alert_url']}`;
  const alerts = { emails: ['ops@agency.example'], url: receiver.url(path) };
  const put = await recruiter(server).put(`/api/recruiter/webhooks/${webhookId}/alerts`).send(alerts);
  expect(put.status).toBe(200);
  for (let n = 0; n < 5; n++) await publish(server, applicationCreated(server, { candidateName: MESSAGE }));
  const alert = await eventually(() => receiver.next(path), { timeoutMs: 30_000 });
  expect(alert.body.includes(MESSAGE)).toBe(false);
}

/** Requests that are refused, each containing a secret where it does not belong. */
async function askWrongly(): Promise<void> {
  secrets['pasted'] = `pasted-${randomBytes(24).toString('hex')}`;
  secrets['late_bearer'] = identityToken(server.demo.email, -600);
  const { pasted, demo_key: key, demo_token: token } = secrets;
  const agent = recruiter(server);
  const { data } = applicationCreated(server, { candidateName: MESSAGE });
  const agencyId = server.demo.agencyId;
  const answers = await Promise.all([
    agent.get(`/api/recruiter/webhooks/${token}`),
    agent.get('/api/recruiter/deliveries').query({ reference: pasted, token, status: pasted }),
    agent.get(`/api/nothing/${token}?key=${key}`),
    agent.post('/api/recruiter/webhooks').send({ url: `https://user:${pasted}@hooks.example/`, events: ['*'] }),
    agent.post('/api/recruiter/webhooks').send({ url: 'https://hooks.example/', events: [pasted], secret: pasted }),
    agent.post('/api/recruiter/webhooks').set('content-type', 'application/json').send(`{"url": "${pasted}`),
    agent.post('/api/recruiter/api-keys').send({ name: 'x', role: pasted }),
    bearer(server.url, pasted).get('/api/recruiter/webhooks'),
    bearer(server.url, `${key!.slice(0, -6)}AAAAAA`).get('/api/recruiter/webhooks'),
    request(server.url).get('/api/me').set('cookie', `bpoc_session=${pasted}`),
    request(server.url)
      .post('/api/auth/invite')
      .send({ token: pasted, password: `long enough ${pasted}` }),
    request(server.url).post('/api/auth/login').send({ email: 'no-one@x.example', password: pasted }),
    bearer(server.url, secrets['late_bearer']).get('/api/me'),
    bearer(server.url, pasted).get('/metrics'),
    bearer(server.url, pasted).post('/api/cron/webhook-retries'),
    request(server.url).get(`/%E0%A4%A/${token}`),
    service(server)
      .post('/api/internal/events')
      .send({ type: 'application.created', agencyId, data: { ...data, extra: pasted } }),
    service(server).post('/api/internal/events').send({ type: MESSAGE, agencyId, data }),
    service(server).post('/api/internal/events').set('content-type', 'application/json').send(`[{"data": "${MESSAGE}"`),
    service(server).post('/api/internal/events').send({ type: 'application.created', agencyId: randomUUID(), data }),
  ]);
  for (const { status } of answers) expect([status, status >= 400 && status < 500]).toEqual([status, true]);
}

/** A secret as text, and as bytes written as text. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const spelled = [
    secret,
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    encodeURIComponent(secret),
  ];
  const key = secret.replace(/^whsec_/, '');
  // Keys and signing secrets are bytes written in base64.
  return /^[A-Za-z0-9+/]{43}=$/.test(key) ? [...spelled, key, Buffer.from(key, 'base64').toString('hex')] : spelled;
}

/** Names of the tables with a row that contains the text. */
const tablesWith = (text: string): string[] =>
  [...dump].filter(([, rows]) => rows.some((row) => row.includes(text))).map(([name]) => name);

describe('secrets, keys, passwords and tokens', () => {
  it('are all in this test', () => {
    expect(Object.keys(secrets).length).toBeGreaterThanOrEqual(34);
    for (const [name, secret] of Object.entries(secrets)) expect([name, secret?.length >= 20]).toEqual([name, true]);
  });

  it('are in no line of the log', () => {
    expect(logs.length).toBeGreaterThan(1000);
    const found = Object.entries(secrets).filter(([, secret]) => spellings(secret).some((text) => logs.includes(text)));
    expect(found.map(([name]) => name)).toEqual([]);
  });

  it('are in no row of any table', () => {
    const rows = [...dump.values()].flat();
    expect(dump.size).toBeGreaterThan(15);
    for (const table of [
      'users',
      'sessions',
      'api_keys',
      'webhooks',
      'webhook_attempts',
      'audit_log',
      'inbox_messages',
      'alerts',
    ]) {
      expect([table, dump.get(table)!.length > 0]).toEqual([table, true]);
    }
    const found = Object.entries(secrets).filter(([, secret]) =>
      spellings(secret).some((text) => rows.some((row) => row.includes(text))),
    );
    expect(found.map(([name]) => name)).toEqual([]);
  });
});

describe('what messages and answers say', () => {
  it('is in no line of the log', () => {
    expect([logs.includes(MESSAGE), logs.includes(ANSWER)]).toEqual([false, false]);
  });

  it('is where it belongs and nowhere else: messages in events and test inboxes, a name in records too', () => {
    expect(tablesWith(MESSAGE)).toEqual(['inbox_messages', 'records', 'webhook_events']);
    expect(tablesWith(ANSWER)).toEqual(['webhook_attempts']);
  });
});
