import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { ConcurrencyLimit } from '../../lib/concurrency-limit.js';
import { AttemptLimit, tooManyRequests } from '../../http/attempt-limit.js';

const WINDOW_MS = 15 * 60_000;
/** Some ten seconds: a quarter of one for each. */
const MAX_WAITING = 40;
const RETRY_SECONDS = 5;

/**
 * Wrong sign-ins, and invites that are not there: 10 in 15 minutes for one e-mail from one address, 100 for one address whatever the
 * e-mail. Counted per address too, so that a stranger elsewhere cannot lock a person out. Of IPv6 one /64 is an address: everybody has 2^64.
 */
@Injectable()
export class LoginThrottle {
  /** Checks from addresses with failures go one by one, which leaves a slot of password hashing for all others. */
  readonly #suspects = new ConcurrencyLimit({
    atOnce: 1,
    maxWaiting: MAX_WAITING,
    refusal: () => tooManyRequests('Too many sign-ins from addresses where others failed.', RETRY_SECONDS),
  });
  readonly #perPerson = new AttemptLimit({ attempts: 10, windowMs: WINDOW_MS });
  readonly #perAddress = new AttemptLimit({ attempts: 100, windowMs: WINDOW_MS });

  /** Runs one check of a password (or other proof of `who`) from an address. It counts unless it succeeds, that is answers something other than null. */
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
      // Not the caller's failure: a database that is away must not lock people out.
      this.#perPerson.release(person);
      this.#perAddress.release(address);
      throw error;
    }
  }

  #succeeded(address: string, person: string): void {
    this.#perPerson.clear(person);
    this.#perAddress.release(address);
  }

  #take(address: string, person: string): void {
    const addressWaitSeconds = this.#perAddress.take(address);
    if (addressWaitSeconds > 0)
      throw tooManyRequests('Too many failed sign-ins from this address.', addressWaitSeconds);
    const waitSeconds = this.#perPerson.take(person);
    if (waitSeconds === 0) return;
    this.#perAddress.release(address);
    throw tooManyRequests('Too many failed sign-ins of this person.', waitSeconds);
  }
}
