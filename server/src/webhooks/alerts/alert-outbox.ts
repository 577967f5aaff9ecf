import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { LONGEST_MAIL_MS } from '../../outbound/mailer.js';
import { longestAttemptMs } from '../engine/attempt-time.js';
import type { AlertFacts, AlertKind } from './alert.entity.js';

/*
 * Owed alerts: take some, and say what came of each. A claim is a lease, its number of attempts the fence: whoever comes back late changes
 * nothing. An alert that was sent by a process that died before it could say so is sent again.
 */

const AT_ONCE = 20;
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;
/** Then it is no news any more. */
const GIVE_UP_AFTER = `interval '24 hours'`;
/** Longer than anything that is told may be old (to-tell-sql.ts). */
const KEPT = `interval '30 days'`;

export interface OwedAlert {
  id: string;
  agency_id: string;
  webhook_id: string;
  /** Of the webhook: names its settings in the engine's memory. */
  version: number;
  kind: AlertKind;
  channel: 'email' | 'url';
  target: string;
  facts: AlertFacts;
  created_at: Date;
  attempts: number;
}

export type Sent = 'sent' | 'again' | 'never';

@Injectable()
export class AlertOutbox {
  constructor(
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** Takes what is due, for twice as long as any sending may take. Alerts about webhooks that were deleted since are ended. */
  async claim(): Promise<OwedAlert[]> {
    await this.database.query(
      `update alerts a set given_up_at = now() from webhooks w
       where w.id = a.webhook_id and w.deleted_at is not null and a.sent_at is null and a.given_up_at is null`,
    );
    return this.database.query<OwedAlert>(
      `with due as materialized (
         select id from alerts
         where sent_at is null and given_up_at is null and due_at <= now() and (lease_until is null or lease_until < now())
         order by due_at limit ${AT_ONCE} for update skip locked
       )
       update alerts a set lease_until = now() + $1::float8 * interval '1 millisecond', attempts = a.attempts + 1
       from due, webhooks w where a.id = due.id and w.id = a.webhook_id
       returning a.id, a.agency_id, a.webhook_id, w.version, a.kind, a.channel, a.target, a.facts, a.created_at, a.attempts`,
      [2 * Math.max(longestAttemptMs(this.env), LONGEST_MAIL_MS)],
    );
  }

  /** `again` after 1 minute, doubling to an hour, for a day. */
  async settle({ id, attempts }: Pick<OwedAlert, 'id' | 'attempts'>, what: Sent): Promise<void> {
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 10), LAST_RETRY_MS) * this.env.delayScale;
    await this.database.query(
      `update alerts set lease_until = null, due_at = now() + $4::float8 * interval '1 millisecond',
         sent_at = case $3::text when 'sent' then now() end,
         given_up_at = case when $3 = 'never' or $3 = 'again' and created_at < now() - ${GIVE_UP_AFTER} then now() end
       where id = $1 and attempts = $2 and sent_at is null and given_up_at is null`,
      [id, attempts, what, delayMs],
    );
  }

  /** Forgets old alerts, and with them the addresses they went to. */
  async forget(): Promise<void> {
    await this.database.query(`delete from alerts where created_at < now() - ${KEPT}`);
  }
}
