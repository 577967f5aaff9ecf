import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { jwtVerify } from 'jose';
import { type IdentityProvider, startIdentityProvider } from '../../../test/identity-provider.js';
import { compileAddressRules } from '../../outbound/address-guard.js';
import { GuardedClient } from '../../outbound/guarded-client.js';
import { ProviderKeys } from './provider-keys.js';

const HOUR_MS = 3_600_000;

// Silences the expected warnings about failed fetches.
Logger.overrideLogger(false);

let provider: IdentityProvider;
let client: GuardedClient;
let keys: ProviderKeys;
let nowMs: number;

const guarded = (cidrs: string[]) => new GuardedClient({ rules: compileAddressRules(cidrs), attemptTimeoutMs: 5_000 });
const keysOver = (over: GuardedClient) => new ProviderKeys(over, provider.jwksUrl, () => nowMs);

beforeEach(async () => {
  provider = await startIdentityProvider();
  client = guarded(['127.0.0.0/8']);
  nowMs = Date.now();
  keys = keysOver(client);
});
afterEach(async () => {
  await client.close();
  await provider.close();
});

const verify = async (kid: string, as = kid) =>
  jwtVerify(await provider.sign({}, { kid, as }), (header, token) => keys.find(header, token));

describe('the keys of the identity provider', () => {
  it('are fetched once, and again in the background when they are stale', async () => {
    await Promise.all([verify('rsa'), verify('ec'), verify('rsa')]);
    expect(provider.requests).toHaveLength(1);
    nowMs += HOUR_MS;
    await verify('rsa');
    await verify('rsa');
    expect(provider.requests.length).toBeLessThanOrEqual(2);
  });

  it('are fetched when a token names a new one, but not twice in 30 s', async () => {
    await verify('rsa');
    await provider.addKey('new', 'RS256');
    await expect(verify('new')).rejects.toThrow('no applicable key');
    expect(provider.requests).toHaveLength(1);
    nowMs += 30_000;
    await verify('new');
    expect(provider.requests).toHaveLength(2);
    for (let n = 0; n < 20; n++) await expect(verify('rsa', `made-up-${n}`)).rejects.toThrow('no applicable key');
    expect(provider.requests).toHaveLength(2);
  });

  it('keep working for a day when newer ones cannot be fetched', async () => {
    await verify('rsa');
    provider.state.answer = { status: 503, body: '' };
    for (let hours = 0; hours < 24; hours++, nowMs += HOUR_MS) await verify('rsa');
    nowMs += HOUR_MS;
    await expect(verify('rsa')).rejects.toMatchObject({ code: 'identity_unavailable' });
    provider.state.answer = null;
    nowMs += 30_000;
    await verify('rsa');
  });

  it.each([
    ['no keys at all', { status: 200, body: '{"keys": 1}' }],
    ['no JSON', { status: 200, body: '<html>' }],
    ['another status', { status: 302, body: '{"keys": []}' }],
    ['an oversized body', { status: 200, body: `{"keys": [], "more": "${'x'.repeat(262_144)}"}` }],
  ])('are unavailable when the provider answers %s', async (_what, answer) => {
    provider.state.answer = answer;
    await expect(verify('rsa')).rejects.toMatchObject({ code: 'identity_unavailable' });
    expect(provider.requests).toHaveLength(1);
  });

  it('are not fetched from a private network that is not allowed', async () => {
    const strict = guarded([]);
    keys = keysOver(strict);
    await expect(verify('rsa')).rejects.toMatchObject({ code: 'identity_unavailable' });
    expect(provider.requests).toEqual([]);
    await strict.close();
  });
});
