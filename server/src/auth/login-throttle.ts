import { Injectable } from '@nestjs/common';
import { AttemptLimit, tooManyRequests } from '../http/attempt-limit.js';

const WINDOW_MS = 15 * 60_000;

/**
 * Wrong sign-ins: 10 in 15 minutes for one e-mail from one address, 100 for one address whatever the e-mail. Counted per address
 * too, so that a stranger elsewhere cannot lock a person out.
 */
@Injectable()
export class LoginThrottle {
  readonly #perPerson = new AttemptLimit({ attempts: 10, windowMs: WINDOW_MS });
  readonly #perAddress = new AttemptLimit({ attempts: 100, windowMs: WINDOW_MS });

  /** Runs one check of a password (or other proof of `who`) from an address. It counts unless it succeeds, that is answers something other than null. */
  async attempt<T>(ip: string, who: string, check: () => Promise<T | null>): Promise<T | null> {
    const person = `${ip} ${who}`;
    this.#take(ip, person);
    try {
      const result = await check();
      if (result !== null) this.#succeeded(ip, person);
      return result;
    } catch (error) {
      // Not the caller's failure: a database that is away must not lock people out.
      this.#perPerson.giveBack(person);
      this.#perAddress.giveBack(ip);
      throw error;
    }
  }

  #succeeded(ip: string, person: string): void {
    this.#perPerson.clear(person);
    this.#perAddress.giveBack(ip);
  }

  #take(ip: string, person: string): void {
    const waitSeconds = this.#perPerson.take(person);
    if (waitSeconds > 0) throw tooManyRequests('Too many failed sign-ins for this e-mail.', waitSeconds);
    const addressWaitSeconds = this.#perAddress.take(ip);
    if (addressWaitSeconds > 0)
      throw tooManyRequests('Too many failed sign-ins from this address.', addressWaitSeconds);
  }
}
