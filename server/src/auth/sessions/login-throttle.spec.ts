import { describe, expect, it } from '@jest/globals';
import { LoginThrottle } from './login-throttle.js';

const wrong = () => Promise.resolve(null);
const right = () => Promise.resolve('in');

async function fail(throttle: LoginThrottle, times: number, who: (n: number) => string, ip = '192.0.2.1') {
  for (let n = 0; n < times; n++) await throttle.attempt(ip, who(n), wrong);
}

describe('the sign-in throttle', () => {
  it('resets the count of a person who signs in', async () => {
    const throttle = new LoginThrottle();
    for (let day = 0; day < 20; day++) {
      await fail(throttle, 4, () => 'anna');
      expect(await throttle.attempt('192.0.2.1', 'anna', right)).toBe('in');
    }
  });

  it('refuses the eleventh guess without checking it', async () => {
    const throttle = new LoginThrottle();
    await fail(throttle, 10, () => 'anna');
    await expect(throttle.attempt('192.0.2.1', 'anna', right)).rejects.toMatchObject({
      code: 'too_many_requests',
      retryAfterSeconds: 900,
    });
  });

  it('does not lock a person out because of guesses from another address', async () => {
    const throttle = new LoginThrottle();
    await fail(throttle, 10, () => 'anna');
    expect(await throttle.attempt('198.51.100.7', 'anna', right)).toBe('in');
  });

  it('stops an address that tries one password on many people', async () => {
    const throttle = new LoginThrottle();
    await fail(throttle, 100, (n) => `person ${n}`);
    await expect(throttle.attempt('192.0.2.1', 'anna', right)).rejects.toMatchObject({ code: 'too_many_requests' });
  });

  it('counts all addresses of one IPv6 /64 as one', async () => {
    const throttle = new LoginThrottle();
    for (let n = 0; n < 10; n++) await fail(throttle, 1, () => 'anna', `2001:db8:1:2::${n}`);
    await expect(throttle.attempt('2001:db8:1:2:ffff::1', 'anna', right)).rejects.toMatchObject({
      code: 'too_many_requests',
    });
    expect(await throttle.attempt('2001:db8:1:3::1', 'anna', right)).toBe('in');
  });

  it('does not count checks that failed in the server', async () => {
    const throttle = new LoginThrottle();
    for (let n = 0; n < 30; n++) {
      await expect(throttle.attempt('192.0.2.1', 'anna', () => Promise.reject(new Error('away')))).rejects.toThrow(
        'away',
      );
    }
    expect(await throttle.attempt('192.0.2.1', 'anna', right)).toBe('in');
  });

  it('does not queue a correct sign-in behind those of addresses with failures', async () => {
    const throttle = new LoginThrottle();
    await fail(throttle, 1, () => 'anna');
    let guesses = 0;
    let open = () => {};
    const opened = new Promise<null>((resolve) => (open = () => resolve(null)));
    const guess = (n: number) =>
      throttle.attempt('192.0.2.1', `person ${n}`, () => {
        guesses++;
        return opened;
      });
    const flood = Array.from({ length: 41 }, (_, n) => guess(n));
    await expect(guess(41)).rejects.toMatchObject({ code: 'too_many_requests', retryAfterSeconds: 5 });
    expect(guesses).toBe(1);
    expect(await throttle.attempt('198.51.100.7', 'anna', right)).toBe('in');
    open();
    expect(await Promise.all(flood)).toEqual(flood.map(() => null));
    expect(guesses).toBe(41);
  });

  it('charges neither person nor address while the other is blocked', async () => {
    const throttle = new LoginThrottle();
    await fail(throttle, 10, () => 'anna');
    const attempt = (who: string) => throttle.attempt('192.0.2.1', who, wrong);
    for (let n = 0; n < 100; n++) await expect(attempt('anna')).rejects.toThrow('of this person');
    await fail(throttle, 90, (n) => `person ${n}`);
    for (let n = 0; n < 11; n++) await expect(attempt('ben')).rejects.toThrow('from this address');
  });
});
