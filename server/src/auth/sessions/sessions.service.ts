import { Injectable } from '@nestjs/common';
import { type EntityManager, Not, Raw } from 'typeorm';
import { ServiceDatabase } from '../../database/service-database.js';
import type { Actor } from '../actor.js';
import type { Role } from '../role.js';
import { Session } from './session.entity.js';
import { randomText, sha256 } from '../tokens.js';

/** A session expires 14 days after its last use, and 90 days after sign-in. */
export const SESSION_IDLE_DAYS = 14;
const SESSION_MAX_DAYS = 90;

interface SessionRow {
  user_id: string;
  agency_id: string;
  name: string;
  email: string;
  role: Role;
  seen_recently: boolean;
}

/** Signed-in browsers. */
@Injectable()
export class Sessions {
  constructor(private readonly database: ServiceDatabase) {}

  /** Starts a session and returns its token. Deletes the person's expired ones. */
  async start(manager: EntityManager, { id: userId, agencyId }: { id: string; agencyId: string }): Promise<string> {
    const token = randomText();
    await manager.delete(Session, { userId, agencyId, expiresAt: Raw((column) => `${column} <= now()`) });
    await manager.insert(Session, {
      tokenHash: sha256(token),
      agencyId,
      userId,
      expiresAt: () => `now() + interval '${SESSION_IDLE_DAYS} days'`,
    });
    return token;
  }

  /** null when there is no such session or it has expired. Plain SQL: TypeORM adds 0.15 ms of CPU to every request. */
  async find(token: string): Promise<{ actor: Actor; hash: Buffer } | null> {
    const hash = sha256(token);
    const [row] = await this.database.query<SessionRow>(
      `select s.user_id, s.agency_id, u.name, u.email, u.role,
              s.last_seen_at > now() - interval '1 minute' as seen_recently
       from sessions s join users u on u.id = s.user_id
       where s.token_hash = $1 and s.expires_at > now()`,
      [hash],
    );
    if (!row) return null;
    if (!row.seen_recently) await this.#markSeen(hash);
    return { actor: toActor(row), hash };
  }

  async #markSeen(hash: Buffer): Promise<void> {
    await this.database.query(
      `update sessions set last_seen_at = now(),
              expires_at = least(now() + make_interval(days => $2), created_at + make_interval(days => $3))
       where token_hash = $1`,
      [hash, SESSION_IDLE_DAYS, SESSION_MAX_DAYS],
    );
  }

  async end(token: string): Promise<void> {
    await this.database.manager.delete(Session, { tokenHash: sha256(token) });
  }

  /** Ends the person's sessions but the one with the hash `kept`. */
  async endOthers(
    manager: EntityManager,
    { id: userId, agencyId }: { id: string; agencyId: string },
    kept: Buffer | null,
  ): Promise<void> {
    await manager.delete(Session, { userId, agencyId, ...(kept && { tokenHash: Not(kept) }) });
  }
}

function toActor(row: SessionRow): Actor {
  return {
    kind: 'user',
    id: row.user_id,
    name: row.name || row.email,
    agencyId: row.agency_id,
    role: row.role,
    scopes: [],
    agencyIds: null,
  };
}
