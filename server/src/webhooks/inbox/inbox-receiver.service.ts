import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../lib/app-error.js';
import { systemClock } from '../../lib/clock.js';
import { isUuid, uuidv7 } from '../../lib/ids.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { AttemptLimit, tooManyRequests } from '../../http/attempt-limit.js';
import { masked } from '../engine/send/message-headers.js';
import { WebhookConfigs } from '../engine/webhook-configs.js';
import { judgeSignature, type Judgement } from './inbox-signature.js';

export interface Arrival {
  method: string;
  headers: IncomingHttpHeaders;
  body: string;
  ip: string;
}

interface FoundInbox {
  id: string;
  agency_id: string;
}

/** Messages kept of one inbox. */
const KEPT = 50;
/** Webhooks whose secrets a message is checked with, whatever the number that send there. */
const CANDIDATES = 10;
const A_MINUTE = 60_000;
/** Shown as they came. Everything else may be a password of somebody's own receiver, set as a custom header. */
const OUR_HEADERS = /^(webhook-|x-webhook-|(content-type|content-length|user-agent|accept|accept-encoding|host)$)/;
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding']);
const EVENT_NAME = /^[\w.]{1,128}$/;

/** Takes what arrives at a test inbox. It only writes it down: nothing that arrives here ever becomes an event. */
@Injectable()
export class InboxReceiver {
  readonly #perInbox = new AttemptLimit({ attempts: 300, windowMs: A_MINUTE });
  /** Tries of tokens that are none, by address. */
  readonly #strangers = new AttemptLimit({ attempts: 600, windowMs: A_MINUTE });

  constructor(
    private readonly database: ServiceDatabase,
    private readonly transaction: TenantTransaction,
    private readonly configs: WebhookConfigs,
  ) {}

  /** Throws AppError not_found for a token that is none, and too_many_requests. */
  async receive(token: string, arrival: Arrival): Promise<void> {
    const inbox = await this.#find(token, normalizeIp(arrival.ip, 64));
    const wait = this.#perInbox.take(inbox.id);
    if (wait > 0) throw tooManyRequests('This test inbox got too many messages within a minute.', wait);
    const headers = keptHeaders(arrival.headers);
    const judgement = await this.#judge(inbox, plainHeaders(arrival.headers), arrival.body);
    await this.transaction.run(inbox.agency_id, (manager) => store(manager, inbox, { arrival, headers, judgement }));
  }

  async #find(token: string, from: string): Promise<FoundInbox> {
    const wait = this.#strangers.take(from);
    if (wait > 0) throw tooManyRequests('Too many messages to test inboxes that do not exist.', wait);
    const [inbox] = await this.database.query<FoundInbox>('select id, agency_id from inboxes where token = $1', [
      token.replaceAll('\0', ''),
    ]);
    if (!inbox) throw new AppError('not_found', 'There is no such test inbox.');
    this.#strangers.release(from);
    return inbox;
  }

  /**
   * The webhook that the message names is always among those asked: the id of a delivery follows from its event and its
   * webhook.
   */
  async #judge(inbox: FoundInbox, headers: Record<string, string>, body: string): Promise<Judgement> {
    const rows = await this.database.query<{ id: string; version: number }>(
      `select id, version from webhooks where agency_id = $1 and inbox_id = $2 and deleted_at is null
       order by delivery_id($3, id) is not distinct from $4 desc, id desc limit $5`,
      [inbox.agency_id, inbox.id, idIn(headers['webhook-id']), idIn(headers['x-webhook-delivery']), CANDIDATES],
    );
    const candidates = rows.map(async ({ id, version }) => ({
      webhookId: id,
      config: await this.configs.get(id, version),
    }));
    return judgeSignature({ headers, body }, await Promise.all(candidates), systemClock.now());
  }
}

interface Stored {
  arrival: Arrival;
  headers: Record<string, string>;
  judgement: Judgement;
}

async function store(
  manager: EntityManager,
  inbox: FoundInbox,
  { arrival, headers, judgement }: Stored,
): Promise<void> {
  const { body, method } = arrival;
  const { verdict, webhookId } = judgement;
  const eventId = idIn(headers['webhook-id']);
  const deliveryId = verdict === 'valid' ? idIn(headers['x-webhook-delivery']) : null;
  const event = headers['x-webhook-event'];
  await manager.query(
    `insert into inbox_messages (id, agency_id, inbox_id, method, headers, body, size, event, event_id, delivery_id, webhook_id, signature)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      uuidv7(),
      inbox.agency_id,
      inbox.id,
      method,
      JSON.stringify(headers),
      (await isErased(manager, inbox.agency_id, eventId)) ? null : body.replaceAll('\0', '\uFFFD'),
      Buffer.byteLength(body),
      event !== undefined && EVENT_NAME.test(event) ? event : null,
      eventId,
      deliveryId,
      webhookId,
      verdict,
    ],
  );
  await manager.query(
    `delete from inbox_messages where agency_id = $1 and inbox_id = $2
       and id in (select id from inbox_messages where agency_id = $1 and inbox_id = $2 order by id desc offset $3)`,
    [inbox.agency_id, inbox.id, KEPT],
  );
}

/**
 * A message can be on its way while its event is erased. The lock makes the two take turns: whichever comes second sees what the first did.
 */
async function isErased(manager: EntityManager, agencyId: string, eventId: string | null): Promise<boolean> {
  if (eventId === null) return false;
  const [event] = (await manager.query(
    'select purged_at from webhook_events where agency_id = $1 and id = $2 for share',
    [agencyId, eventId],
  )) as { purged_at: Date | null }[];
  return event?.purged_at != null;
}

function idIn(header: string | undefined): string | null {
  return isUuid(header) ? header : null;
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(plainHeaders(headers))
      .filter(([name]) => !OF_THE_CONNECTION.has(name))
      .map(([name, value]) => [name, OUR_HEADERS.test(name) ? value : masked(value)]),
  );
}
