import type { EntityManager } from 'typeorm';
import { sha256 } from '../../auth/tokens.js';
import { fieldError } from '../../lib/app-error.js';
import { Inbox } from './inbox.entity.js';

/** The id of the agency's test inbox with this token. Throws AppError validation_failed on `url`. */
export async function findInboxAt(manager: EntityManager, agencyId: string, token: string): Promise<string> {
  // Locked, so that it is not evicted while a webhook is moved to it.
  const inbox = await manager.findOne(Inbox, {
    select: { id: true },
    where: { agencyId, hash: sha256(token) },
    lock: { mode: 'for_key_share' },
  });
  if (inbox) return inbox.id;
  throw fieldError('url', 'unknown_inbox', 'This test inbox no longer exists. Create a new one.');
}
