import { LRUCache } from 'lru-cache';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ServiceDatabase } from '../../database/service-database.js';
import type { Actor } from '../actor.js';
import type { Role, ServiceScope } from '../role.js';
import { newToken, parseToken, sameHash } from '../tokens.js';
import { ApiKey } from './api-key.entity.js';

/** How long a verified key is trusted without a query, and a revoked one may still work in other processes. */
export const KEY_CACHE_MS = 10_000;
const MAX_KEYS = 1000;

/** The actors of recently verified keys, by hash. */
export class VerifiedKeys {
  readonly #actors;

  /** @param now Unix milliseconds; given only in tests */
  constructor(private readonly now: () => number = Date.now) {
    // Without a resolution of 0 it would read the time at most once a millisecond, and set a timer for that.
    this.#actors = new LRUCache<string, Actor>({ max: MAX_KEYS, ttlResolution: 0, perf: { now } });
  }

  get(hash: string): Actor | undefined {
    return this.#actors.get(hash);
  }

  set(hash: string, actor: Actor, expiresAt: Date | null): void {
    const ttlMs = Math.min(KEY_CACHE_MS, (expiresAt?.getTime() ?? Infinity) - this.now());
    // An entry is stale only after its ttl, and a ttl of 0 would mean for ever.
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

interface IssuedKey {
  id: string;
  /** The key itself; returned only here. */
  token: string;
}

interface KeyRow {
  kind: 'key' | 'svc';
  agency_id: string | null;
  name: string;
  hash: Buffer;
  role: Role | null;
  scopes: ServiceScope[] | null;
  agency_ids: string[] | null;
  expires_at: Date | null;
  used_recently: boolean;
}

/** Issues and verifies API keys of agencies and tokens of services. */
@Injectable()
export class ApiKeys {
  // Services publish hundreds of times a second with one token: without this, each call would cost a query.
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
    const row = await this.#find(presented.id);
    if (!row || row.kind !== presented.kind || !sameHash(row.hash, presented.hash)) return null;
    if (!row.used_recently) await this.#markUsed(presented.id);
    const actor = toActor(presented.id, row);
    this.#verified.set(cacheKey, actor, row.expires_at);
    return actor;
  }

  /** Call after a revocation, which then takes effect in this process at once. */
  forgetVerified(): void {
    this.#verified.clear();
  }

  async #find(id: string): Promise<KeyRow | undefined> {
    const [row] = await this.database.query<KeyRow>(
      `select kind, agency_id, name, hash, role, scopes, agency_ids, expires_at,
              coalesce(last_used_at > now() - interval '1 minute', false) as used_recently
       from api_keys
       where id = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
      [id],
    );
    return row;
  }

  /** At most one write per minute and key over all processes. */
  async #markUsed(id: string): Promise<void> {
    await this.database.query(
      `update api_keys set last_used_at = now()
       where id = $1 and (last_used_at is null or last_used_at <= now() - interval '1 minute')`,
      [id],
    );
  }
}

async function insertKey(manager: EntityManager, key: Partial<ApiKey> & Pick<ApiKey, 'kind'>): Promise<IssuedKey> {
  const { id, token, hash, last4 } = newToken(key.kind);
  await manager.insert(ApiKey, { ...key, id, hash, last4 });
  return { id, token };
}

function toActor(id: string, row: KeyRow): Actor {
  return {
    kind: row.kind === 'svc' ? 'service' : 'key',
    id,
    name: row.name,
    agencyId: row.agency_id,
    role: row.role,
    scopes: row.scopes ?? [],
    agencyIds: row.agency_ids,
  };
}
