import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { ConcurrencyLimit } from '../../lib/concurrency-limit.js';
import { AttemptLimit, tooManyRequests } from '../../http/attempt-limit.js';

const WINDOW_MS = 15 * 60_000;
/** About ten seconds of waiting, at a quarter of a second each. */
const MAX_WAITING = 40;
const RETRY_SECONDS = 5;

/**
 * Limits failed sign-ins and unknown invites: 10 in 15 minutes for one email from one address, 100 for one address.
 * Counted by address, so that an attacker elsewhere cannot lock a person out. IPv6 is counted by /64, because a client
 * controls a whole one.
 */
@Injectable()
export class LoginThrottle {
  /** Checks from addresses with failures run one at a time, which leaves a slot of password hashing to all others. */
  readonly #suspects = new ConcurrencyLimit({
    atOnce: 1,
    maxWaiting: MAX_WAITING,
    refusal: () => tooManyRequests('Too many sign-ins from addresses where others failed.', RETRY_SECONDS),
  });
  readonly #perPerson = new AttemptLimit({ attempts: 10, windowMs: WINDOW_MS });
  readonly #perAddress = new AttemptLimit({ attempts: 100, windowMs: WINDOW_MS });

  /** Runs one check of a password or invite of `who`. A result of null counts as a failure. */
  async attempt<T>(ip: string, who: string, check: () => Promise<T | null>): Promise<T | null> {
    const address = normalizeIp(ip, 64);
    const person = `${address} ${who}`;
    const isSuspect = this.#perAddress.used(address) > 0;
    this.#take(address, person);
    try {
      const result = await (isSuspect ? this.#suspects.run(check) : check());
      if (result !== null) this.#succeeded(address, person);
      return result;
    } catch (error) {
      // Not the caller's failure: an unavailable database must not lock people out.
      this.#perPerson.release(person);
      this.#perAddress.release(address);
      throw error;
    }
  }

  /** Forgets the failures of a person who has proven their identity in another way. */
  reset(ip: string, who: string): void {
    this.#perPerson.clear(`${normalizeIp(ip, 64)} ${who}`);
  }

  #succeeded(address: string, person: string): void {
    this.#perPerson.clear(person);
    this.#perAddress.release(address);
  }

  #take(address: string, person: string): void {
    this.#perAddress.take(address, 'Too many failed sign-ins from this address.');
    try {
      this.#perPerson.take(person, 'Too many failed sign-ins of this person.');
    } catch (refusal) {
      this.#perAddress.release(address);
      throw refusal;
    }
  }
}
