import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import { AppError, fieldError } from '../../../lib/app-error.js';
import { ENV, type Env } from '../../../config/env.js';
import { uuidv7 } from '../../../lib/ids.js';
import { TenantTransaction } from '../../../database/tenant-transaction.js';
import { exampleData, findEvent, TEST_EVENT_TYPE } from '../../../events/catalogue/catalogue.js';
import { messageBody, parseDomainEvent } from '../../../events/publishable-event.js';
import { validationFailed } from '../../../http/field-errors.js';
import { Changes } from '../changes.js';
import type { SentAttempt } from '../queue/attempt-record.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import { attemptParameters, TEST_SQL } from '../queue/settle-sql.js';
import { END_TURNS_SQL, TAKE_TURN_SQL } from '../queue/turn-sql.js';
import { Sender } from './sender.js';

/*
 * The test button: sends a separate event at once, from the process that serves the request, signed like a live one.
 * Tests have no queue row and no retries, work while the webhook is off and do not affect its health. They are stored
 * after the response, so a test that a crash interrupts leaves nothing behind.
 */

/** Message of `webhook.test`. */
export const TEST_MESSAGE = 'This is a test from BPOC. Nothing happened to any candidate.';

/** How long a test of a paced webhook waits for its turn: longer than a request may take. */
const TURN_WITHIN_MS = 12_000;
const LOOK_EVERY_MS = 50;

interface TestRequest {
  agencyId: string;
  webhookId: string;
  /** A type of the catalogue, sent with its example; default `webhook.test`. */
  eventType?: string | undefined;
  /** Replace those of the example. */
  fields?: Record<string, unknown> | undefined;
}

@Injectable()
export class TestSender {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly sender: Sender,
    private readonly changes: Changes,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /**
   * Sends a test and stores it. Throws AppError not_found, validation_failed for an unknown event type, or
   * too_many_requests if a paced webhook had no turn in time.
   */
  async send(asked: TestRequest): Promise<{ deliveryId: string }> {
    const { agencyId } = asked;
    const { paced, ...prepared } = await this.#prepare(asked);
    const delivery = { ...prepared, turn: paced ? await this.#takeTurn(prepared) : null };
    const attempt = await this.sender.send(delivery);
    await this.#endTurn(delivery);
    await this.#store(delivery, attempt);
    this.changes.delivery(agencyId, delivery.deliveryId);
    return { deliveryId: delivery.deliveryId };
  }

  async #prepare({ agencyId, webhookId, eventType = TEST_EVENT_TYPE, fields }: TestRequest) {
    const data = testData(eventType, webhookId, fields);
    const eventId = uuidv7();
    const [row] = await this.transaction.run(
      agencyId,
      (manager): Promise<{ version: number; paced: boolean; delivery_id: string }[]> =>
        manager.query(
          `select version, paced, delivery_id($3, id) from webhooks
           where id = $1 and agency_id = $2 and deleted_at is null`,
          [webhookId, agencyId, eventId],
        ),
    );
    if (!row) throw new AppError('not_found', 'Webhook not found.');
    return {
      deliveryId: row.delivery_id,
      agencyId,
      webhookId,
      version: row.version,
      eventId,
      eventType,
      body: messageBody(eventType, new Date(), data),
      test: true,
      attempt: 1,
      failures: 0,
      interruptions: 0,
      logged: false,
      held: null,
      group: null,
      token: randomUUID(),
      paced: row.paced,
    };
  }

  /** Returns when the turn ends at the latest; null: the webhook is not paced any more. */
  async #takeTurn({ agencyId, webhookId }: Pick<ClaimedDelivery, 'agencyId' | 'webhookId'>): Promise<string | null> {
    for (const until = Date.now() + TURN_WITHIN_MS; Date.now() < until; await setTimeout(LOOK_EVERY_MS)) {
      const [rows] = await this.transaction.run(agencyId, (manager): Promise<[{ turn: string | null }[], number]> =>
        manager.query(TAKE_TURN_SQL, [webhookId, this.env.leaseMs]),
      );
      if (rows.every(({ turn }) => turn !== null)) return rows[0]?.turn ?? null;
    }
    const words = 'Another message to this webhook is in flight, and it takes one at a time. Try again.';
    throw new AppError('too_many_requests', words, { retryAfterSeconds: 1 });
  }

  /** If this fails, the turn ends with its lease. */
  async #endTurn({ agencyId, webhookId, turn }: ClaimedDelivery): Promise<void> {
    if (!turn) return;
    const end = this.transaction.run(agencyId, (manager) => manager.query(END_TURNS_SQL, [[webhookId], [turn]]));
    await end.catch(() => undefined);
  }

  async #store(delivery: ClaimedDelivery, { startedAtMs, outcome, request }: SentAttempt): Promise<void> {
    const values = [...attemptParameters([{ delivery, startedAtMs, outcome, request }], Date.now()), delivery.body];
    await this.transaction.run(delivery.agencyId, (manager) => manager.query(TEST_SQL, values));
  }
}

/** The data of a test: the example of its type with `fields`. Throws AppError validation_failed. */
export function testData(eventType: string, webhookId: string, fields?: Record<string, unknown>): object {
  if (eventType === TEST_EVENT_TYPE) {
    if (fields) throw fieldError('data', 'not_for_this_event', `${TEST_EVENT_TYPE} has no fields of its own`);
    return { message: TEST_MESSAGE, webhookId };
  }
  const definition = findEvent(eventType);
  if (!definition) throw fieldError('event', 'unknown_event_type', 'event is not an event of the catalogue');
  const data = { ...exampleData(definition), ...fields };
  const { errors } = fields ? parseDomainEvent({ type: eventType, agencyId: webhookId, data }, Date.now()) : {};
  if (errors) throw validationFailed(errors);
  return data;
}
