import { Logger } from '@nestjs/common';
import { createLocalJWKSet, errors, type FlattenedJWSInput, type JSONWebKeySet, type JWTHeaderParameters } from 'jose';
import { AppError } from '../../lib/app-error.js';
import type { Clock } from '../../lib/clock.js';
import type { GuardedClient } from '../../outbound/guarded-client.js';

/*
 * The public keys of the identity provider (JWKS, RFC 7517). Asked for when there are none, when they are old, and when a token names a key
 * that is not among them; never more than once in 30 s, so that a flood of tokens with made-up keys is no flood of requests. When they
 * cannot be fetched, those of before go on working for a day.
 */

const ASK_AGAIN_MS = 30_000;
const OLD_AFTER_MS = 600_000;
const DEAD_AFTER_MS = 86_400_000;

type KeySet = ReturnType<typeof createLocalJWKSet>;
type Key = Awaited<ReturnType<KeySet>>;

export interface ProviderKeysOptions {
  url: string;
  client: GuardedClient;
  clock: Clock;
}

export class ProviderKeys {
  readonly #log = new Logger('ProviderKeys');
  #keys: KeySet | null = null;
  #fetchedMs = -Infinity;
  #askedMs = -Infinity;
  #asking: Promise<void> | null = null;

  constructor(private readonly options: ProviderKeysOptions) {}

  /** The key that the header of a token names. Throws jose's JWKSNoMatchingKey, or AppError identity_unavailable without any keys. */
  async find(header: JWTHeaderParameters, token: FlattenedJWSInput): Promise<Key> {
    const age = this.options.clock.now() - this.#fetchedMs;
    if (this.#keys === null || age > DEAD_AFTER_MS) await this.#ask();
    // Nobody waits for newer keys while the old ones do.
    else if (age > OLD_AFTER_MS) void this.#ask();
    try {
      return await this.#usable()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#ask();
      return this.#usable()(header, token);
    }
  }

  #usable(): KeySet {
    if (this.#keys !== null && this.options.clock.now() - this.#fetchedMs <= DEAD_AFTER_MS) return this.#keys;
    throw new AppError('identity_unavailable', 'The keys of the identity provider cannot be fetched at the moment.', {
      retryAfterSeconds: ASK_AGAIN_MS / 1000,
    });
  }

  /** Never rejects. Does nothing within 30 s of the last time; asked meanwhile, waits for the one under way. */
  async #ask(): Promise<void> {
    if (this.#asking === null) {
      const now = this.options.clock.now();
      if (now - this.#askedMs < ASK_AGAIN_MS) return;
      this.#askedMs = now;
      this.#asking = this.#load().finally(() => (this.#asking = null));
    }
    await this.#asking;
  }

  async #load(): Promise<void> {
    const answer = await this.options.client.get({ url: this.options.url, headers: { accept: 'application/json' } });
    try {
      if (answer.kind === 'failed') throw new Error(`${answer.reason}: ${answer.detail}`);
      if (answer.status !== 200) throw new Error(`it answered ${answer.status}`);
      if (answer.truncated) throw new Error('its answer is too large or was cut off');
      this.#keys = createLocalJWKSet(JSON.parse(answer.body) as JSONWebKeySet);
      this.#fetchedMs = this.options.clock.now();
    } catch (error) {
      this.#log.warn(`the keys of the identity provider could not be fetched: ${(error as Error).message}`);
    }
  }
}
