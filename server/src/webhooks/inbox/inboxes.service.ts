import { Injectable } from '@nestjs/common';
import { type EntityManager, MoreThanOrEqual, Raw } from 'typeorm';
import { AuditEntry } from '../../audit/audit-entry.entity.js';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { randomText, sha256 } from '../../auth/tokens.js';
import { AppError } from '../../lib/app-error.js';
import { uuidFloor, uuidv7 } from '../../lib/ids.js';
import { lockName } from '../../database/advisory-lock.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import type { Page } from '../../http/keyset-page.js';
import { InboxAddress } from './inbox-address.js';
import { InboxMessage } from './inbox-message.entity.js';
import { Inbox } from './inbox.entity.js';
import type { InboxMessageResponse, InboxResponse } from './inboxes.dto.js';

const MAX_INBOXES = 20;
const READ = 'inbox.messages_read';
const META = 'id, received_at, method, size, event, webhook_id, delivery_id, signature';
const KEPT = `received_at > now() - interval '7 days'`;
/** 1 MiB, less the space for 50 messages without contents. */
const PAGE_BYTES = 1024 * 1024 - 50 * 1024;

/** Test inboxes of an agency and their messages. Each method is one transaction that sees only this agency. */
@Injectable()
export class Inboxes {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly address: InboxAddress,
    private readonly audit: AuditLog,
  ) {}

  /** Throws AppError inbox_unavailable: 20 are in use by webhooks, or the server has no address for them. */
  async create(actor: AgencyActor): Promise<InboxResponse> {
    const { agencyId } = actor;
    const [id, token] = [uuidv7(), randomText()];
    const url = this.address.of(token);
    return this.transaction.run(agencyId, async (manager) => {
      await evictIfFull(manager, agencyId);
      const inbox = manager.create(Inbox, { id, agencyId, hash: sha256(token), createdBy: actor.id });
      await manager.insert(Inbox, inbox);
      await this.audit.record(manager, actor, { action: 'inbox.created', targetKind: 'inbox', targetId: id });
      return { id, url, created_at: inbox.createdAt };
    });
  }

  /** Newest first; without contents once they exceed 1 MiB. Throws AppError not_found. */
  messages(actor: AgencyActor, id: string): Promise<Page<InboxMessageResponse>> {
    return this.#read(actor, id, async (manager) => {
      const rows = await manager.query<InboxMessageResponse[]>(
        `select ${META}, case when fits then headers else '{}' end as headers,
           case when fits then body end as body, not fits as left_out
         from (
           select *, sum(size) over (order by id desc) <= $3 as fits from inbox_messages
           where agency_id = $1 and inbox_id = $2 and ${KEPT} order by id desc limit 50
         ) newest order by id desc`,
        [actor.agencyId, id, PAGE_BYTES],
      );
      return { data: withinBytes(rows, PAGE_BYTES), next_cursor: null };
    });
  }

  /** Throws AppError not_found. */
  message(actor: AgencyActor, id: string, messageId: string): Promise<InboxMessageResponse> {
    return this.#read(actor, id, async (manager) => {
      const [row] = await manager.query<InboxMessageResponse[]>(
        `select ${META}, headers, body, false as left_out from inbox_messages
         where agency_id = $1 and inbox_id = $2 and id = $3 and ${KEPT}`,
        [actor.agencyId, id, messageId],
      );
      if (!row) throw new AppError('not_found', 'Message not found in this test inbox.');
      return row;
    });
  }

  /** Throws AppError not_found. */
  async empty(actor: AgencyActor, id: string): Promise<void> {
    const { agencyId } = actor;
    await this.transaction.run(agencyId, async (manager) => {
      await requireInbox(manager, agencyId, id);
      await manager.delete(InboxMessage, { agencyId, inboxId: id });
      await this.audit.record(manager, actor, { action: 'inbox.emptied', targetKind: 'inbox', targetId: id });
    });
  }

  /** Audits the access to personal data, but only once a minute: the admin app polls. */
  #read<T>(actor: AgencyActor, id: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.transaction.run(actor.agencyId, async (manager) => {
      await requireInbox(manager, actor.agencyId, id);
      if (!(await hasJustRead(manager, actor, id)))
        await this.audit.record(manager, actor, { action: READ, targetKind: 'inbox', targetId: id });
      return work(manager);
    });
  }
}

async function evictIfFull(manager: EntityManager, agencyId: string): Promise<void> {
  // Without the lock, concurrent creations could all pass the check.
  await lockName(manager, `inboxes ${agencyId}`);
  if ((await manager.countBy(Inbox, { agencyId })) < MAX_INBOXES) return;
  const [, deleted] = await manager.query<[unknown, number]>(
    `delete from inboxes where agency_id = $1 and id = (
       select i.id from inboxes i where i.agency_id = $1
         and not exists (select from webhooks w where w.agency_id = $1 and w.inbox_id = i.id and w.deleted_at is null)
       order by i.id limit 1)`,
    [agencyId],
  );
  if (deleted === 0) {
    const words = 'All 20 test inboxes are in use. Delete a webhook that sends to one, or use one of them.';
    throw new AppError('inbox_unavailable', words);
  }
}

async function requireInbox(manager: EntityManager, agencyId: string, id: string): Promise<void> {
  if (!(await manager.existsBy(Inbox, { agencyId, id }))) throw new AppError('not_found', 'Test inbox not found.');
}

/** The lower bound on the id limits the scan to the newest index entries. */
function hasJustRead(manager: EntityManager, { agencyId, kind, id }: AgencyActor, targetId: string): Promise<boolean> {
  return manager.existsBy(AuditEntry, {
    agencyId,
    id: MoreThanOrEqual(uuidFloor(Date.now() - 120_000)),
    action: READ,
    targetId,
    actorKind: kind,
    actorId: id,
    at: Raw((at) => `${at} > now() - interval '1 minute'`),
  });
}

interface Listed {
  headers: Record<string, string>;
  body: string | null;
  left_out: boolean;
}

/**
 * Leaves out the contents of messages that exceed a total of `bytes`. Measured as JSON, which can be six times as long
 * as the text.
 */
export function withinBytes<T extends Listed>(messages: readonly T[], bytes: number): T[] {
  let left = bytes;
  return messages.map((message) => {
    if (message.left_out) return message;
    left -= Buffer.byteLength(JSON.stringify([message.headers, message.body]));
    return left >= 0 ? message : { ...message, headers: {}, body: null, left_out: true };
  });
}
