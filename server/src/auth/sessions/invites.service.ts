import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { User } from '../../agencies/user.entity.js';
import { ENV, type Env } from '../../config/env.js';
import { newToken } from '../tokens.js';

export const INVITE_DAYS = 7;

/** Links with which an invited person sets a password. */
@Injectable()
export class Invites {
  constructor(@Inject(ENV) private readonly env: Pick<Env, 'publicUrl'>) {}

  /** Replaces the invite of a user and returns the new token. */
  async issue(manager: EntityManager, { id, agencyId }: { id: string; agencyId: string }): Promise<string> {
    const { token, hash } = newToken('inv', id);
    await manager.update(
      User,
      { id, agencyId },
      { inviteHash: hash, inviteExpiresAt: () => `now() + interval '${INVITE_DAYS} days'` },
    );
    return token;
  }

  /** The token is in the fragment, which appears in no server log. `origin` is used if PUBLIC_URL is not set. */
  link(token: string, origin: string): string {
    return `${this.env.publicUrl ?? origin}/invite#${token}`;
  }
}
