import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { digestSql } from '../../auth/digest-choice.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { uuidFloor } from '../../lib/ids.js';
import { AppLinks } from '../../outbound/app-links.js';
import { MailOutbox } from '../../outbound/mail-outbox.js';
import { Mailer } from '../../outbound/mailer.js';
import { nameOf, whatFailed } from '../alerts/alert-text.js';
import { isDatabaseUnavailable } from '../../http/database-errors.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import { findNotDelivered, isOffByUs } from '../settings/not-delivered.js';
import { findWebhooks, MAX_WEBHOOKS, type WebhookRow } from '../settings/webhook-queries.js';
import { healthOf } from '../settings/health-state.js';
import { digestMail, type DigestFacts, type DigestLinks, type DigestTrouble } from './digest-mail.js';
import { type DigestKind, periodAt, type Period } from './digest-periods.js';

/*
 * Digests: what was delivered and what was not, by mail, to members who want them. The row of a member and period and
 * the mail in the outbox are one transaction, so that one of several processes sends it, and no crash loses it.
 */

/**
 * The members who get a digest of kind $1 for the period that ended at $2 and have none: members since before. $3: the
 * identity provider signs them in; otherwise those who accepted the invitation.
 */
const DUE = /* sql */ `
  ${digestSql('u')} = $1 and ($3::boolean or u.password_hash is not null) and u.created_at < $2
    and not exists (select from digests d where d.user_id = u.id and d.period_end = $2)`;

const TAKE_SQL = /* sql */ `
with taken as (
  insert into digests (agency_id, user_id, period_end)
  select u.agency_id, u.id, $2 from users u where u.agency_id = $4 and ${DUE} order by u.id
  on conflict do nothing returning user_id
)
select u.email from taken t join users u on u.id = t.user_id and u.agency_id = $4`;

/** $2 and $3: the lowest ids of the period and after it. */
const HAPPENED_SQL = /* sql */ `
select a.name as agency, h.delivered, h.failed,
  exists (select from webhook_events e where e.agency_id = $1 and e.id >= $2 and e.id < $3) as happened
from agencies a cross join (
  select coalesce(sum(delivered), 0)::int as delivered, coalesce(sum(failed), 0)::int as failed
  from webhook_hours where agency_id = $1 and hour >= $4 and hour < $5
) h where a.id = $1`;

interface Happened {
  agency: string;
  delivered: number;
  failed: number;
  happened: boolean;
}

@Injectable()
export class Digests {
  readonly #log = new Logger('Digests');

  constructor(
    private readonly database: ServiceDatabase,
    private readonly transaction: TenantTransaction,
    private readonly outbox: MailOutbox,
    private readonly mailer: Mailer,
    private readonly links: AppLinks,
    private readonly addresses: WebhookAddresses,
    @Inject(ENV) private readonly env: Pick<Env, 'identity'>,
  ) {}

  /** Stores the digests that are due. `nowMs`: Unix milliseconds. */
  async round(nowMs: number): Promise<void> {
    const [webhooks, account] = [this.links.to('/recruiter/api/webhooks'), this.links.to('/recruiter/api/account')];
    if (!this.mailer.works || webhooks === null || account === null) return;
    for (const kind of ['weekly', 'daily'] as const) {
      const period = periodAt(kind, nowMs);
      if (period === null) continue;
      const due = await this.database.query<{ agency_id: string }>(
        `select distinct u.agency_id from users u where ${DUE}`,
        [kind, new Date(period.to), this.#ofProvider],
      );
      for (const { agency_id } of due) {
        const made = this.#make(agency_id, { kind, period, links: { webhooks, account } });
        // The next round retries it; one agency must not stop the others.
        await made.catch((error: unknown) => (isDatabaseUnavailable(error) ? undefined : this.#log.error(error)));
      }
    }
  }

  async #make(
    agencyId: string,
    { kind, period, links }: { kind: DigestKind; period: Period; links: DigestLinks },
  ): Promise<void> {
    await this.transaction.run(agencyId, async (manager) => {
      const values = [kind, new Date(period.to), this.#ofProvider, agencyId];
      const members = await manager.query<{ email: string }[]>(TAKE_SQL, values);
      const facts = members.length > 0 ? await this.#facts(manager, agencyId, period) : null;
      if (facts === null) return;
      const content = digestMail(kind, period, facts, links);
      for (const { email: recipient } of members)
        await this.outbox.add(manager, { agencyId, kind: 'digest', recipient, content });
    });
  }

  get #ofProvider(): boolean {
    return this.env.identity?.source === 'users';
  }

  /** null: nothing happened. */
  async #facts(manager: EntityManager, agencyId: string, { from, to }: Period): Promise<DigestFacts | null> {
    const bounds = [uuidFloor(from), uuidFloor(to), new Date(from), new Date(to)];
    const [row] = await manager.query<Happened[]>(HAPPENED_SQL, [agencyId, ...bounds]);
    if (!row?.happened) return null;
    const { agency, delivered, failed } = row;
    const webhooks = await findWebhooks(manager, agencyId, { before: null, limit: MAX_WEBHOOKS });
    const undelivered = (await findNotDelivered(manager, webhooks)).map(({ total }) => total);
    const notDelivered = {
      count: undelivered.reduce((sum, { count }) => sum + count, 0),
      capped: undelivered.some(({ capped }) => capped),
    };
    const troubles = webhooks.flatMap((webhook, index) => this.#trouble(webhook, undelivered[index]!));
    return { agency, delivered, failed, notDelivered, troubles };
  }

  #trouble(webhook: WebhookRow, notDelivered: DigestTrouble['notDelivered']): DigestTrouble[] {
    const state = STATES[healthOf(webhook)];
    const isOff = !webhook.is_active && !isOffByUs(webhook);
    if (state === undefined || isOff || webhook.kind === 'listen') return [];
    const { id: webhookId, agency_id: agencyId, url, description, last_delivery } = webhook;
    const name = nameOf({ description, url: url && this.addresses.open({ agencyId, webhookId }, url) });
    return [{ name, state, why: whatFailed(last_delivery?.reason ?? null), notDelivered }];
  }
}

/** Those that need attention. */
const STATES: Partial<Record<ReturnType<typeof healthOf>, string>> = {
  off: 'off: we turned it off',
  paused: 'paused',
  failing: 'failing',
};
