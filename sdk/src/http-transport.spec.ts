import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { settingsOf, type WebhooksConfiguration } from './configuration.js';
import { post } from './http-transport.js';
import type { PublishError } from './publish-error.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Posts to a server that always answers like this; returns the attempts' times and the error, on a fake clock. */
async function outage(answer: () => Promise<Response>, settings: WebhooksConfiguration = {}) {
  const from = performance.now();
  const moments: number[] = [];
  const away: typeof fetch = () => {
    moments.push(performance.now() - from);
    return answer();
  };
  const all = settingsOf({ url: 'http://server.example', token: 't', fetch: away, ...settings });
  const ended = post('{}', all).catch((error: unknown) => error);
  await jest.advanceTimersByTimeAsync(120_000);
  return { moments, error: (await ended) as PublishError };
}

const answers = (status: number, headers = {}) => outage.bind(null, async () => new Response('', { status, headers }));

it('retries for 30 seconds with growing pauses while the server is down, and reports attempts and time', async () => {
  const { error, moments } = await outage(() => Promise.reject(new TypeError('ECONNREFUSED')));
  expect(moments.at(-1)).toBeGreaterThan(24_000);
  expect(moments.at(-1)).toBeLessThan(30_000);
  const pauses = moments.slice(1).map((moment, n) => moment - moments[n]!);
  for (const [n, pause] of pauses.entries()) {
    const full = Math.min(200 * 2 ** n, 5000);
    expect(pause).toBeGreaterThanOrEqual(full / 2 - 1);
    expect(pause).toBeLessThanOrEqual(full + 1);
  }
  expect(error).toMatchObject({ name: 'PublishError', code: 'network_error', tries: moments.length });
  expect(error.elapsedMs).toBeCloseTo(moments.at(-1)!, 0);
  const seconds = Number((error.elapsedMs / 1000).toFixed(1));
  expect(error.message).toContain(`ECONNREFUSED (tried ${moments.length} times in ${seconds} s)`);
});

it('respects the limits of time and of retries', async () => {
  const short = await answers(503)({ timeoutMs: 2000 });
  expect(short.moments.length).toBeGreaterThan(2);
  expect(short.moments.at(-1)).toBeLessThan(2000);
  expect(short.error).toMatchObject({ code: 'bad_answer', status: 503, tries: short.moments.length });
  expect((await answers(503)({ retries: 2 })).moments).toHaveLength(3);
});

it('waits for Retry-After, but never less than its own pause', async () => {
  expect((await answers(429, { 'retry-after': '12' })()).moments.map(Math.round)).toEqual([0, 12_000, 24_000]);
  expect((await answers(429, { 'retry-after': '0' })()).moments.length).toBeLessThan(20);
});
