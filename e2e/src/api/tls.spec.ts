import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, offerSent, onlyDelivery, publish } from '../support/client.js';
import { TestAuthority } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver, type ReceiverOptions } from '../support/receiver.js';
import { newDataDir, startServer, type TestServer } from '../support/server.js';

const YESTERDAY = new Date(Date.now() - 86_400_000);
const ENDED = { notBefore: new Date(YESTERDAY.getTime() - 1000), notAfter: YESTERDAY };
/** Current OpenSSL offers old TLS only at a lower security level. */
const OLD = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
const authority = new TestAuthority();
const folder = newDataDir();
const caFile = join(folder, 'authority.pem');

let server: TestServer;
const receivers: Receiver[] = [];

beforeAll(async () => {
  writeFileSync(caFile, authority.cert);
  server = await startServer({ env: { NODE_EXTRA_CA_CERTS: caFile } });
});
afterAll(async () => {
  await Promise.all(receivers.map((receiver) => receiver.close()));
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function receiverWith(tls: ReceiverOptions['tls']): Promise<Receiver> {
  const receiver = await startReceiver(tls ? { tls } : {});
  receivers.push(receiver);
  return receiver;
}

describe('over TLS', () => {
  it('a published event arrives once, and the handshake is timed', async () => {
    const receiver = await receiverWith(authority.issue());
    const webhook = await addWebhook(server, { url: receiver.url('/tls'), events: ['application.created'] });
    const event = applicationCreated(server);
    await publish(server, event);
    const delivery = await eventually(async () => {
      const found = await onlyDelivery(server, webhook.id);
      expect(found.status).toBe('delivered');
      return found;
    });
    expect(receiver.requests('/tls')).toHaveLength(1);
    expect(JSON.parse(receiver.requests('/tls')[0]!.body.toString())).toMatchObject({ data: event.data });
    expect(delivery.timeline).toMatchObject([{ outcome: 'succeeded', timing: { tls_ms: expect.any(Number) } }]);
  });

  const WANTS_CERTIFICATE = { requestCert: true, rejectUnauthorized: true };
  const REFUSED: [string, string, ReceiverOptions['tls']][] = [
    ['an expired certificate', 'tls_expired', authority.issue(ENDED)],
    ['a certificate for another host', 'tls_invalid', authority.issue({ hosts: ['other.example'] })],
    ['a certificate of an unknown authority', 'tls_incomplete', new TestAuthority().issue()],
    ['a server that offers TLS 1.1 only', 'tls_outdated', { ...authority.issue(), ...OLD }],
    ['a server that wants a certificate', 'tls_client_certificate', { ...authority.issue(), ...WANTS_CERTIFICATE }],
    ['a server without TLS', 'plain_http', undefined],
  ];
  /** By reason, all for one event, so that their tries happen at the same time. */
  const refused = new Map<string, { receiver: Receiver; id: string }>();
  beforeAll(async () => {
    for (const [, reason, tls] of REFUSED) {
      const receiver = await receiverWith(tls);
      const url = receiver.url('/untrusted').replace('http:', 'https:');
      const { id } = await addWebhook(server, { url, events: ['offer.sent'] });
      refused.set(reason, { receiver, id });
    }
    await publish(server, offerSent(server));
  });

  it.each(REFUSED)('nothing is sent to %s, and the reason is %s', async (_name, reason) => {
    const { receiver, id } = refused.get(reason)!;
    const { timeline } = await eventually(async () => {
      const found = await onlyDelivery(server, id);
      expect(found).toMatchObject({ status: 'failed', reason, response_status: null });
      return found;
    });
    expect(receiver.all).toEqual([]);
    // Certificates have whole seconds.
    const ended = new Date(Math.floor(YESTERDAY.getTime() / 1000) * 1000).toISOString();
    expect(timeline[0]).toMatchObject({ certificate_expired_at: reason === 'tls_expired' ? ended : null });
  });
});
