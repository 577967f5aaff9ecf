import { expect, it } from '@jest/globals';
import { natsOptions } from './nats-options.js';
import { UsageError } from './usage-error.js';

it('takes several servers, and user and password of the first address that has them', async () => {
  expect(await natsOptions({ NATS_URL: 'nats://a.example:1, nats://bpoc:50%25@b.example' })).toEqual({
    servers: ['a.example:1', 'b.example:4222'],
    user: 'bpoc',
    pass: '50%',
  });
});

it('uses TLS when the address or a file says so', async () => {
  expect(await natsOptions({ NATS_URL: 'tls://a.example' })).toEqual({ servers: ['a.example:4222'], tls: {} });
  const tls = { caFile: 'ca.pem', certFile: 'cert.pem', keyFile: 'key.pem' };
  const files = { NATS_CA: 'ca.pem', NATS_CERT: 'cert.pem', NATS_KEY: 'key.pem' };
  expect(await natsOptions({ NATS_URL: 'nats://a.example', ...files })).toEqual({ servers: ['a.example:4222'], tls });
});

it.each([undefined, '', 'http://user:secret@a.example', 'a.example:4222'])(
  'refuses the address %j without repeating it',
  async (address) => {
    const refused = natsOptions({ NATS_URL: address });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(natsOptions({ NATS_URL: address })).rejects.not.toThrow('secret');
  },
);

it('reports a missing file of credentials', async () => {
  const env = { NATS_URL: 'nats://a.example', NATS_CREDENTIALS: '/nowhere/bpoc.creds' };
  await expect(natsOptions(env)).rejects.toThrow('/nowhere/bpoc.creds');
});
