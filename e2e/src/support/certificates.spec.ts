import { get } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { expect, it } from '@jest/globals';
import { TestAuthority } from './certificates.js';
import { startReceiver } from './receiver.js';

function fetchStatus(url: string, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (response) => {
      expect((response.socket as TLSSocket).authorized).toBe(true);
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}

it('only clients that trust the test authority accept a certificate of it', async () => {
  const authority = new TestAuthority();
  const receiver = await startReceiver({ tls: authority.issue() });
  await expect(fetchStatus(receiver.url('/'), authority.cert)).resolves.toBe(200);
  await expect(fetchStatus(receiver.url('/'), new TestAuthority().cert)).rejects.toThrow(/verify|issuer/);
  await receiver.close();
});

it('an expired certificate and one for another host are refused', async () => {
  const authority = new TestAuthority();
  const yesterday = new Date(Date.now() - 86_400_000);
  const expired = await startReceiver({
    tls: authority.issue({ notBefore: new Date(yesterday.getTime() - 1000), notAfter: yesterday }),
  });
  const foreign = await startReceiver({ tls: authority.issue({ hosts: ['other.example'] }) });
  await expect(fetchStatus(expired.url('/'), authority.cert)).rejects.toThrow('certificate has expired');
  await expect(fetchStatus(foreign.url('/'), authority.cert)).rejects.toThrow(/altnames|Hostname/);
  await Promise.all([expired.close(), foreign.close()]);
});
