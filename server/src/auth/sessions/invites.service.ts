import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ENV, type Env } from '../../config/env.js';
import { newToken } from '../tokens.js';

export const INVITE_DAYS = 7;

/** Links to set a password. */
@Injectable()
export class Invites {
  constructor(@Inject(ENV) private readonly env: Pick<Env, 'publicUrl'>) {}

  /** Replaces the invite of a user and returns the new token. */
  async issue(manager: EntityManager, user: { id: string; agencyId: string }): Promise<string> {
    const { token, hash } = newToken('inv', user.id);
    await manager.query(
      `update users set invite_hash = $3, invite_expires_at = now() + make_interval(days => $4)
       where id = $1 and agency_id = $2`,
      [user.id, user.agencyId, hash, INVITE_DAYS],
    );
    return token;
  }

  /** The token is in the fragment, which reaches no server log. `origin` is used when PUBLIC_URL is not set. */
  link(token: string, origin: string): string {
    return `${this.env.publicUrl ?? origin}/invite#${token}`;
  }
}
