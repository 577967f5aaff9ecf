import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import type { EntityManager } from 'typeorm';
import { MINUTE_MS } from '../../lib/time.js';
import { sha256 } from '../../auth/tokens.js';
import { AppError } from '../../lib/app-error.js';
import { isUuid, uuidv7 } from '../../lib/ids.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { AttemptLimit } from '../../http/attempt-limit.js';
import { WebhookEvent } from '../../events/event.entity.js';
import { masked } from '../engine/send/message-headers.js';
import { WebhookConfigs } from '../engine/webhook-configs.js';
import { InboxMessage } from './inbox-message.entity.js';
import { Inbox } from './inbox.entity.js';
import { verifySignature, type Verification } from './inbox-signature.js';

export interface IncomingMessage {
  method: string;
  headers: IncomingHttpHeaders;
  body: string;
  ip: string;
}

type FoundInbox = Pick<Inbox, 'id' | 'agencyId'>;

/** Messages kept per inbox. */
const MAX_KEPT = 50;
/** Webhooks whose secrets a signature is checked with, however many use the inbox. */
const CANDIDATES = 10;
/** Stored in full. Any other header may be custom and hold a credential of the customer's server. */
const PLAIN_HEADERS = /^(webhook-|x-webhook-|(content-type|content-length|user-agent|accept|accept-encoding|host)$)/;
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding']);
const EVENT_NAME = /^[\w.]{1,128}$/;

/** Stores messages of test inboxes. They never become events. */
@Injectable()
export class InboxReceiver {
  readonly #perInbox = new AttemptLimit({ attempts: 300, windowMs: MINUTE_MS });
  /** Unknown tokens, by IP address. */
  readonly #unknownTokens = new AttemptLimit({ attempts: 600, windowMs: MINUTE_MS });

  constructor(
    private readonly database: ServiceDatabase,
    private readonly transaction: TenantTransaction,
    private readonly configs: WebhookConfigs,
  ) {}

  /** Throws AppError not_found for an unknown token, or too_many_requests. */
  async receive(token: string, message: IncomingMessage): Promise<void> {
    const inbox = await this.#find(token, normalizeIp(message.ip, 64));
    this.#perInbox.take(inbox.id, 'This test inbox got too many messages within a minute.');
    const headers = keptHeaders(message.headers);
    const verification = await this.#verify(inbox, plainHeaders(message.headers), message.body);
    await this.transaction.run(inbox.agencyId, (manager) => store(manager, inbox, { message, headers, verification }));
  }

  async #find(token: string, from: string): Promise<FoundInbox> {
    this.#unknownTokens.take(from, 'Too many messages to test inboxes that do not exist.');
    const inbox = await this.database.manager.findOneBy(Inbox, { hash: sha256(token) });
    if (!inbox) throw new AppError('not_found', 'Test inbox not found.');
    this.#unknownTokens.release(from);
    return inbox;
  }

  /** Always checks the webhook of the claimed delivery: a delivery id is derived from its event and webhook. */
  async #verify(inbox: FoundInbox, headers: Record<string, string>, body: string): Promise<Verification> {
    const rows = await this.database.query<{ id: string; version: number }>(
      `select id, version from webhooks where agency_id = $1 and inbox_id = $2 and deleted_at is null
       order by delivery_id($3, id) is not distinct from $4 desc, id desc limit $5`,
      [inbox.agencyId, inbox.id, idIn(headers['webhook-id']), idIn(headers['x-webhook-delivery']), CANDIDATES],
    );
    const candidates = rows.map(async ({ id, version }) => ({
      webhookId: id,
      config: await this.configs.get(id, version),
    }));
    return verifySignature({ headers, body }, await Promise.all(candidates), Date.now());
  }
}

interface Stored {
  message: IncomingMessage;
  headers: Record<string, string>;
  verification: Verification;
}

async function store(
  manager: EntityManager,
  { id: inboxId, agencyId }: FoundInbox,
  { message, headers, verification }: Stored,
): Promise<void> {
  const { body, method } = message;
  const { verdict: signature, webhookId } = verification;
  const eventId = idIn(headers['webhook-id']);
  const deliveryId = signature === 'valid' ? idIn(headers['x-webhook-delivery']) : null;
  const event = headers['x-webhook-event'];
  await manager.insert(InboxMessage, {
    id: uuidv7(),
    agencyId,
    inboxId,
    method,
    headers,
    body: (await isErased(manager, agencyId, eventId)) ? null : body.replaceAll('\0', '\uFFFD'),
    size: Buffer.byteLength(body),
    event: event !== undefined && EVENT_NAME.test(event) ? event : null,
    eventId,
    deliveryId,
    webhookId,
    signature,
  });
  await manager.query(
    `delete from inbox_messages where agency_id = $1 and inbox_id = $2
       and id in (select id from inbox_messages where agency_id = $1 and inbox_id = $2 order by id desc offset $3)`,
    [agencyId, inboxId, MAX_KEPT],
  );
}

/** A message may be in flight while its event is erased. The lock serialises the two. */
async function isErased(manager: EntityManager, agencyId: string, eventId: string | null): Promise<boolean> {
  if (eventId === null) return false;
  const event = await manager.findOne(WebhookEvent, {
    select: { id: true, purgedAt: true },
    where: { agencyId, id: eventId },
    lock: { mode: 'pessimistic_read' },
  });
  return event !== null && event.purgedAt !== null;
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
      .filter(([name]) => !HOP_BY_HOP.has(name))
      .map(([name, value]) => [name, PLAIN_HEADERS.test(name) ? value : masked(value)]),
  );
}
