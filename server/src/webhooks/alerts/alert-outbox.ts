import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { LONGEST_MAIL_MS } from '../../outbound/mailer.js';
import { longestAttemptMs } from '../engine/attempt-time.js';
import type { Alert } from './alert.entity.js';

/*
 * Claims and settles pending alerts. A claim is a lease with the attempt number as fencing token, so a late settle
 * changes nothing. Delivery is at least once: an alert is sent again if the process died between sending and settling.
 */

const BATCH = 20;
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;
/** Older alerts are no longer news. */
const GIVE_UP_AFTER = `interval '24 hours'`;
/** Longer than the age limit of facts (due-alerts-sql.ts). */
const KEPT = `interval '30 days'`;

type AlertField = 'id' | 'agencyId' | 'webhookId' | 'kind' | 'channel' | 'target' | 'facts' | 'createdAt' | 'attempts';

/** `version` is that of the webhook: the key of its settings in the engine's cache. */
export type PendingAlert = Pick<Alert, AlertField> & { version: number };

export type SendResult = 'sent' | 'again' | 'never';

@Injectable()
export class AlertOutbox {
  constructor(
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** The lease is twice the longest time a send can take. Gives up alerts of deleted webhooks. */
  async claim(): Promise<PendingAlert[]> {
    await this.database.prepared(
      'give_up_alerts',
      `update alerts a set given_up_at = now() from webhooks w
       where w.id = a.webhook_id and w.deleted_at is not null and a.sent_at is null and a.given_up_at is null`,
    );
    return this.database.prepared<PendingAlert>(
      'claim_alerts',
      `with due as materialized (
         select id from alerts
         where sent_at is null and given_up_at is null and due_at <= now()
           and (lease_until is null or lease_until < now())
         order by due_at limit ${BATCH} for update skip locked
       )
       update alerts a set lease_until = now() + $1::float8 * interval '1 millisecond', attempts = a.attempts + 1
       from due, webhooks w where a.id = due.id and w.id = a.webhook_id
       returning a.id, a.agency_id as "agencyId", a.webhook_id as "webhookId", w.version, a.kind, a.channel, a.target,
         a.facts, a.created_at as "createdAt", a.attempts`,
      [2 * Math.max(longestAttemptMs(this.env), LONGEST_MAIL_MS)],
    );
  }

  /** `again`: retried after 1 minute, doubling up to an hour, for a day. */
  async settle({ id, attempts }: Pick<PendingAlert, 'id' | 'attempts'>, result: SendResult): Promise<void> {
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 10), LAST_RETRY_MS) * this.env.delayScale;
    await this.database.query(
      `update alerts set lease_until = null, due_at = now() + $4::float8 * interval '1 millisecond',
         sent_at = case $3::text when 'sent' then now() end,
         given_up_at = case when $3 = 'never' or $3 = 'again' and created_at < now() - ${GIVE_UP_AFTER} then now() end
       where id = $1 and attempts = $2 and sent_at is null and given_up_at is null`,
      [id, attempts, result, delayMs],
    );
  }

  /** Old alerts hold the addresses of their recipients. */
  async deleteOld(): Promise<void> {
    await this.database.query(`delete from alerts where created_at < now() - ${KEPT}`);
  }
}
