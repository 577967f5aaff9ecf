import { LRUCache } from 'lru-cache';
import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull, Raw } from 'typeorm';
import { MINUTE_MS } from '../../lib/time.js';
import { ServiceDatabase } from '../../database/service-database.js';
import type { Actor } from '../actor.js';
import type { Role, ServiceScope } from '../role.js';
import { newToken, type NewToken, parseToken, sameHash } from '../tokens.js';
import { ApiKey } from './api-key.entity.js';

/** How long a verified key is trusted without a query; as long a revoked one may still work in other processes. */
export const KEY_CACHE_MS = 10_000;
const MAX_KEYS = 1000;

/** The actors of recently verified keys, by hash. */
export class VerifiedKeys {
  readonly #actors;

  /** @param now Unix milliseconds; given only in tests */
  constructor(private readonly now: () => number = Date.now) {
    // With another resolution the cache reads the time at most once a millisecond, and sets a timer for that.
    this.#actors = new LRUCache<string, Actor>({ max: MAX_KEYS, ttlResolution: 0, perf: { now } });
  }

  get(hash: string): Actor | undefined {
    return this.#actors.get(hash);
  }

  set(hash: string, actor: Actor, expiresAt: Date | null): void {
    const ttlMs = Math.min(KEY_CACHE_MS, (expiresAt?.getTime() ?? Infinity) - this.now());
    // An entry is stale only after its ttl, and with a ttl of 0 it never is.
    if (ttlMs > 1) this.#actors.set(hash, actor, { ttl: ttlMs - 1 });
  }

  clear(): void {
    this.#actors.clear();
  }
}

interface NewKey {
  name: string;
  createdBy: string;
  expiresAt?: Date;
}

/** With the key itself, which is returned only here. */
type IssuedKey = Pick<NewToken, 'id' | 'token'>;

/** Issues and verifies API keys of agencies and tokens of services. */
@Injectable()
export class ApiKeys {
  // Services publish hundreds of times a second with one token: without the cache each call would cost a query.
  readonly #verified = new VerifiedKeys();

  constructor(private readonly database: ServiceDatabase) {}

  issueKey(manager: EntityManager, key: NewKey & { agencyId: string; role: Role }): Promise<IssuedKey> {
    return insertKey(manager, { ...key, kind: 'key' });
  }

  /** `agencyIds` null means all agencies. */
  issueServiceToken(
    manager: EntityManager,
    key: NewKey & { scopes: ServiceScope[]; agencyIds: string[] | null },
  ): Promise<IssuedKey> {
    return insertKey(manager, { ...key, kind: 'svc' });
  }

  /** null when the token is unknown, expired or revoked. */
  async verify(text: string): Promise<Actor | null> {
    const presented = parseToken(text);
    if (!presented || presented.kind === 'inv') return null;
    const cacheKey = presented.hash.toString('base64');
    const known = this.#verified.get(cacheKey);
    if (known) return known;
    const where = {
      id: presented.id,
      revokedAt: IsNull(),
      expiresAt: Raw((end) => `(${end} is null or ${end} > now())`),
    };
    const key = await this.database.manager.findOneBy(ApiKey, where);
    if (!key || key.kind !== presented.kind || !sameHash(key.hash, presented.hash)) return null;
    await this.#markUsed(key);
    const actor = toActor(key);
    this.#verified.set(cacheKey, actor, key.expiresAt);
    return actor;
  }

  /** Call after a revocation, which then takes effect in this process at once. */
  forgetVerified(): void {
    this.#verified.clear();
  }

  /** At most one write per minute and key over all processes. */
  async #markUsed({ id, lastUsedAt }: ApiKey): Promise<void> {
    if (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < MINUTE_MS) return;
    const unused = Raw((used) => `(${used} is null or ${used} <= now() - interval '1 minute')`);
    await this.database.manager.update(ApiKey, { id, lastUsedAt: unused }, { lastUsedAt: () => 'now()' });
  }
}

async function insertKey(manager: EntityManager, key: Partial<ApiKey> & Pick<ApiKey, 'kind'>): Promise<IssuedKey> {
  const { id, token, hash, last4 } = newToken(key.kind);
  await manager.insert(ApiKey, { ...key, id, hash, last4 });
  return { id, token };
}

function toActor({ kind, id, name, agencyId, role, scopes, agencyIds }: ApiKey): Actor {
  return { kind: kind === 'svc' ? 'service' : 'key', id, name, agencyId, role, scopes: scopes ?? [], agencyIds };
}
