import { Logger } from '@nestjs/common';
import { createLocalJWKSet, errors, type FlattenedJWSInput, type JSONWebKeySet, type JWTHeaderParameters } from 'jose';
import { AppError } from '../../lib/app-error.js';
import type { GuardedClient } from '../../outbound/guarded-client.js';

/*
 * The public keys of the identity provider (JWKS, RFC 7517). They are fetched when there are none, when they are stale,
 * and when a token names an unknown key, but at most once in 30 s, so that a flood of tokens with made-up keys causes
 * no flood of requests. When a fetch fails, the previous keys stay valid for a day.
 */

const MIN_FETCH_INTERVAL_MS = 30_000;
const STALE_AFTER_MS = 600_000;
const EXPIRED_AFTER_MS = 86_400_000;
/** Of one fetch. */
const LIMITS = { withinMs: 5_000, responseLimitBytes: 262_144 };

type KeySet = ReturnType<typeof createLocalJWKSet>;
type Key = Awaited<ReturnType<KeySet>>;

export class ProviderKeys {
  readonly #log = new Logger('ProviderKeys');
  #keys: KeySet | null = null;
  #fetchedMs = -Infinity;
  #attemptedMs = -Infinity;
  #fetching: Promise<void> | null = null;

  constructor(
    private readonly client: GuardedClient,
    private readonly url: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** Resolves the key named by a token header. Throws jose's JWKSNoMatchingKey, or AppError identity_unavailable. */
  async find(header: JWTHeaderParameters, token: FlattenedJWSInput): Promise<Key> {
    const age = this.now() - this.#fetchedMs;
    if (this.#keys === null || age > EXPIRED_AFTER_MS) await this.#refresh();
    // Stale keys still work, so they are refreshed in the background.
    else if (age > STALE_AFTER_MS) void this.#refresh();
    try {
      return await this.#usable()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#refresh();
      return this.#usable()(header, token);
    }
  }

  #usable(): KeySet {
    if (this.#keys !== null && this.now() - this.#fetchedMs <= EXPIRED_AFTER_MS) return this.#keys;
    throw new AppError('identity_unavailable', 'The keys of the identity provider cannot be fetched at the moment.', {
      retryAfterSeconds: MIN_FETCH_INTERVAL_MS / 1000,
    });
  }

  /** Never rejects. Joins a fetch in progress; does nothing within 30 s of the last one. */
  async #refresh(): Promise<void> {
    if (this.#fetching === null) {
      const now = this.now();
      if (now - this.#attemptedMs < MIN_FETCH_INTERVAL_MS) return;
      this.#attemptedMs = now;
      this.#fetching = this.#fetch().finally(() => (this.#fetching = null));
    }
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    const headers = { accept: 'application/json' };
    const answer = await this.client.get({ url: this.url, headers, ...LIMITS });
    try {
      if (answer.kind === 'failed') throw new Error(`${answer.reason}: ${answer.detail}`);
      if (answer.status !== 200) throw new Error(`it answered ${answer.status}`);
      if (answer.truncated) throw new Error('its answer is too large or was cut off');
      this.#keys = createLocalJWKSet(JSON.parse(answer.body) as JSONWebKeySet);
      this.#fetchedMs = this.now();
    } catch (error) {
      this.#log.warn(`the keys of the identity provider could not be fetched: ${(error as Error).message}`);
    }
  }
}
