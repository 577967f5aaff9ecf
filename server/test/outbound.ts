import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { compileAddressRules } from '../src/outbound/address-guard.js';
import { GuardedClient, type GuardedClientOptions } from '../src/outbound/guarded-client.js';
import type { PostResult } from '../src/outbound/post-result.js';
import { startFakeDns, type FakeDns } from './fake-dns.js';
import { startReceiver, type HostileKind, type Receiver, type ReceiverOptions } from './hostile-receivers.js';

/** For receivers that exhaust a timeout. All others get generous ones, so that a busy machine fails no test. */
export const SHORT = { attemptTimeoutMs: 300, bodyGraceMs: 150, hardLimitMs: 400 };
/** Tolerance for noticing a deadline: one clock tick (50 ms), and a busy machine. */
export const SLACK_MS = 1_000;
export const BODY = JSON.stringify({ event: 'application.created', data: { applicationId: 'uuid-123' } });

let dns: FakeDns;
const closing: (() => Promise<void>)[] = [];

/** Resolves every name below receivers.example.org to 127.0.0.1, and closes what a test opens. Call once per file. */
export function setUpOutbound(): void {
  beforeAll(async () => {
    dns = await startFakeDns((name) => (name.endsWith('.receivers.example.org') ? ['127.0.0.1'] : 'not_found'));
  });
  afterAll(() => dns.close());
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
}

export function closeAfterTest(close: () => Promise<void>): void {
  closing.push(close);
}

/** A certificate or key of test/fixtures/certificates, by file name. */
export function pem(name: string): string {
  return readFileSync(new URL(`fixtures/certificates/${name}.pem`, import.meta.url), 'utf8');
}

export function tls(certificate: string): { key: string; cert: string } {
  return { key: pem('receiver.key'), cert: pem(certificate) };
}

/** A client that may reach loopback and trusts the test authority. */
export function newClient(options: Partial<GuardedClientOptions> = {}): GuardedClient {
  const client = new GuardedClient({
    rules: compileAddressRules(['127.0.0.0/8', '::1']),
    dnsServers: [dns.address],
    attemptTimeoutMs: 5_000,
    ca: pem('authority'),
    ...options,
  });
  closing.push(() => client.close());
  return client;
}

export async function receive(kind: HostileKind, options: ReceiverOptions = {}): Promise<Receiver> {
  const receiver = await startReceiver(kind, options);
  closing.push(() => receiver.close());
  return receiver;
}

export function post(client: GuardedClient, url: string): Promise<PostResult> {
  return client.post({ url, headers: { 'content-type': 'application/json' }, body: BODY });
}

/** Posts once to a receiver of this kind. */
export async function postTo(
  kind: HostileKind,
  options: Partial<GuardedClientOptions> = {},
): Promise<{ result: PostResult; tookMs: number; receiver: Receiver }> {
  const receiver = await receive(kind);
  const client = newClient(options);
  const startedAt = performance.now();
  const result = await post(client, `http://127.0.0.1:${receiver.port}/hook`);
  return { result, tookMs: performance.now() - startedAt, receiver };
}
