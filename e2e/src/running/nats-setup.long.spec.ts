import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type ConnectionOptions, credsAuthenticator, nkeys } from '@nats-io/transport-node';
import request from 'supertest';
import { addWebhook, applicationCreated } from '../support/client.js';
import { TestAuthority } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';
import { findNats, type NatsServer, NatsPublisher, startNats } from '../support/nats.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith } from '../support/requirements.js';
import { ROOT, startServer, type TestServer } from '../support/server.js';

/* NATS as set up in production: users and permissions of docker/nats.conf, TLS, credentials of accounts. */

const SUBJECT = 'bpoc.events.application.created';
const CONFIG = join(ROOT, 'docker/nats.conf');
const PASSWORDS = { BPOC_NATS_PASSWORD: 'for:the/server', BPOC_NATS_PUBLISHER_PASSWORD: 'for-a-publisher' };

describeWith('nats', findNats(), 'a NATS server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bpoc-nats-files-'));
  let receiver: Receiver;
  let nats: NatsServer;
  let server: TestServer | null = null;
  let publisher: NatsPublisher | null = null;

  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(async () => {
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await publisher?.close();
    await server?.stop();
    await nats?.stop();
    [publisher, server] = [null, null];
  });

  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  /** Starts the server with these settings and sees an event through, from the publisher to the receiver. */
  async function seeThrough(env: Record<string, string>, options: ConnectionOptions, url = nats.url): Promise<void> {
    server = await startServer({ env });
    await addWebhook(server, { url: receiver.url('/hook') });
    publisher = await NatsPublisher.connect([url], options);
    const event = applicationCreated(server);
    await publisher.publish(event, { subject: SUBJECT });
    await eventually(() =>
      expect(receiver.all.some(({ body }) => body.includes(event.data['applicationId'] as string))).toBe(true),
    );
  }

  it('with the users of docker/nats.conf allows each what it needs, and no more', async () => {
    nats = await startNats(['-c', CONFIG], PASSWORDS);
    const password = encodeURIComponent(PASSWORDS.BPOC_NATS_PASSWORD);
    const asPublisher = { user: 'publisher', pass: PASSWORDS.BPOC_NATS_PUBLISHER_PASSWORD };
    await seeThrough({ NATS_URL: `nats://bpoc:${password}@127.0.0.1:${nats.port}` }, asPublisher);
    const { text } = await request(server!.url).get('/metrics');
    expect(text).toMatch(/^bpoc_nats_oldest_seconds 0$/m);
    // The publisher can read no events, neither those of others nor those sent to the server.
    const { connection } = publisher!;
    const refusal = /[Pp]ermissions [Vv]iolation/;
    for (const subject of ['bpoc.events.>', '_BPOC_INBOX.>', '>'])
      expect(await connection.subscribe(subject).closed).toMatchObject({ message: expect.stringMatching(refusal) });
    await expect(connection.request('$JS.API.STREAM.MSG.GET.BPOC_EVENTS', '{"seq":1}')).rejects.toThrow(refusal);
  });

  it('with a wrong password says so in the log, without the password', async () => {
    nats = await startNats(['-c', CONFIG], PASSWORDS);
    server = await startServer({ env: { NATS_URL: `nats://bpoc:wrong-one@127.0.0.1:${nats.port}` } });
    await eventually(() => expect(server!.logs()).toMatch(/no events from NATS: .*Authorization Violation/));
    expect(server.logs()).not.toContain('wrong-one');
    expect((await request(server.url).get('/health/ready')).status).toBe(200);
  });

  it('that lacks a permission is named in the log', async () => {
    const config = readFileSync(CONFIG, 'utf8').replace('"$JS.API.CONSUMER.MSG.NEXT.BPOC_EVENTS.intake"', '');
    nats = await startNats(['-c', file('less.conf', config)], PASSWORDS);
    const password = encodeURIComponent(PASSWORDS.BPOC_NATS_PASSWORD);
    server = await startServer({ env: { NATS_URL: `nats://bpoc:${password}@127.0.0.1:${nats.port}` } });
    await eventually(() => expect(server!.logs()).toMatch(/no events from NATS: .*Permissions Violation.*MSG\.NEXT/));
  });

  it('with TLS and client certificates is reached by tls:// and files', async () => {
    const authority = new TestAuthority();
    const [forNats, forClient] = [authority.issue(), authority.issue({ hosts: ['bpoc'] })];
    const ca = file('ca.pem', authority.cert);
    const tls = ['--tls', '--tlsverify', '--tlscacert', ca];
    const own = ['--tlscert', file('nats.pem', forNats.cert), '--tlskey', file('nats.key', forNats.key)];
    nats = await startNats([...tls, ...own]);
    const certFile = file('client.pem', forClient.cert);
    const keyFile = file('client.key', forClient.key);
    const env = { NATS_URL: `tls://localhost:${nats.port}`, NATS_CA: ca, NATS_CERT: certFile, NATS_KEY: keyFile };
    await seeThrough(env, { tls: { caFile: ca, certFile, keyFile } }, env.NATS_URL);
    await server!.restart({ env: { ...env, NATS_CA: file('other.pem', new TestAuthority().cert) } });
    await eventually(() => expect(server!.logs()).toMatch(/no events from NATS: .*certificate/));
  });

  it('with accounts is reached with a credentials file', async () => {
    const { config, credentials } = accountWithUser();
    nats = await startNats(['-c', file('operator.conf', config)]);
    const path = file('bpoc.creds', credentials);
    await seeThrough(
      { NATS_URL: nats.url, NATS_CREDENTIALS: path },
      { authenticator: credsAuthenticator(readFileSync(path)) },
    );
  });
});

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** A JWT as `nsc` makes it. */
function claim(type: string, issuer: KeyPair, subject: KeyPair, nats: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const about = { iat: Math.floor(Date.now() / 1000), iss: issuer.getPublicKey(), sub: subject.getPublicKey() };
  const body = part({ jti: 'x', name: type, ...about, nats: { ...nats, type, version: 2 } });
  const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${body}`;
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString('base64url')}`;
}

function accountWithUser(): { config: string; credentials: string } {
  const [operator, user] = [nkeys.createOperator(), nkeys.createUser()];
  const [account, system] = [nkeys.createAccount(), nkeys.createAccount()];
  const unlimited = { subs: -1, data: -1, payload: -1 };
  const limits = { ...unlimited, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const accountJwt = (one: KeyPair, more = {}) =>
    `${one.getPublicKey()}: ${claim('account', operator, one, { limits: { ...limits, ...more } })}`;
  const config = [
    `operator: ${claim('operator', operator, operator, {})}`,
    `system_account: ${system.getPublicKey()}`,
    'resolver: MEMORY',
    'resolver_preload: {',
    accountJwt(account, storage),
    accountJwt(system),
    '}',
  ];
  const jwt = claim('user', account, user, { pub: {}, sub: {}, ...unlimited });
  const block = (name: string, text: string) => `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n`;
  const seed = Buffer.from(user.getSeed()).toString();
  return { config: config.join('\n'), credentials: block('NATS USER JWT', jwt) + block('USER NKEY SEED', seed) };
}
