import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ServiceDatabase } from '../../database/service-database.js';
import type { Actor } from '../actor.js';
import type { Role, ServiceScope } from '../role.js';
import { newToken, parseToken, sameHash } from '../tokens.js';
import { VerifiedKeys } from './verified-keys.js';

export interface NewKey {
  name: string;
  /** Who made it, for the list of keys. */
  createdBy: string;
  expiresAt?: Date;
}

export interface IssuedKey {
  id: string;
  /** The key itself; this is the only time it is seen. */
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

/** API keys of agencies and tokens of services: making them, and knowing them again. */
@Injectable()
export class ApiKeys {
  // Publishing services call hundreds of times a second with one token: without this, each call would be one more query.
  readonly #verified = new VerifiedKeys();

  constructor(private readonly database: ServiceDatabase) {}

  /** Makes a key of one agency. */
  issueKey(manager: EntityManager, key: NewKey & { agencyId: string; role: Role }): Promise<IssuedKey> {
    const { agencyId, role } = key;
    return insertKey(manager, key, { kind: 'key', agencyId, role, scopes: null, agencyIds: null });
  }

  /** Makes a token for a service of the platform; `agencyIds` null means all agencies. */
  issueServiceToken(
    manager: EntityManager,
    key: NewKey & { scopes: ServiceScope[]; agencyIds: string[] | null },
  ): Promise<IssuedKey> {
    const { scopes, agencyIds } = key;
    return insertKey(manager, key, { kind: 'svc', agencyId: null, role: null, scopes, agencyIds });
  }

  /** Whose bearer token this is; null when it is unknown, expired or revoked. */
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

  /** After a key was revoked here: it must not open anything more in this process. */
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

  /** At most one write a minute and key, however many processes see it. */
  async #markUsed(id: string): Promise<void> {
    await this.database.query(
      `update api_keys set last_used_at = now()
       where id = $1 and (last_used_at is null or last_used_at <= now() - interval '1 minute')`,
      [id],
    );
  }
}

interface KeyColumns {
  kind: 'key' | 'svc';
  agencyId: string | null;
  role: Role | null;
  scopes: ServiceScope[] | null;
  agencyIds: string[] | null;
}

async function insertKey(manager: EntityManager, key: NewKey, columns: KeyColumns): Promise<IssuedKey> {
  const { id, token, hash, last4 } = newToken(columns.kind);
  await manager.query(
    `insert into api_keys (id, kind, agency_id, name, hash, last4, role, scopes, agency_ids, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      id,
      columns.kind,
      columns.agencyId,
      key.name,
      hash,
      last4,
      columns.role,
      columns.scopes,
      columns.agencyIds,
      key.createdBy,
      key.expiresAt ?? null,
    ],
  );
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
