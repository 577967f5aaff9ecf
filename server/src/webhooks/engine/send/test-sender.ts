import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError, fieldError } from '../../../lib/app-error.js';
import { uuidv7 } from '../../../lib/ids.js';
import { TenantTransaction } from '../../../database/tenant-transaction.js';
import { exampleData, findEvent, TEST_EVENT_TYPE } from '../../../events/catalogue/catalogue.js';
import { messageBody } from '../../../events/publishable-event.js';
import { Changes } from '../changes.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import { Sender, type SentAttempt } from './sender.js';

/*
 * The test button: a separate event, sent at once by the process that serves the request, signed like a live one. No
 * queue row, no retry; works while the webhook is off and never affects its health. Stored after the response: a test
 * cut off by a crash leaves nothing behind.
 */

/** Message of `webhook.test`. */
export const TEST_MESSAGE = 'This is a test from BPOC. Nothing happened to any candidate.';

export interface TestRequest {
  agencyId: string;
  webhookId: string;
  /** A type of the catalogue, sent with its example; default `webhook.test`. */
  eventType?: string | undefined;
}

@Injectable()
export class TestSender {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly sender: Sender,
    private readonly changes: Changes,
  ) {}

  /** Sends a test and stores it. Throws AppError not_found or, for an unknown event type, validation_failed. */
  async send({ agencyId, webhookId, eventType = TEST_EVENT_TYPE }: TestRequest): Promise<{ deliveryId: string }> {
    const delivery = await this.#prepare(agencyId, webhookId, eventType);
    const attempt = await this.sender.send(delivery);
    await this.#store(delivery, attempt);
    this.changes.delivery(agencyId, delivery.deliveryId);
    return { deliveryId: delivery.deliveryId };
  }

  async #prepare(agencyId: string, webhookId: string, eventType: string): Promise<ClaimedDelivery> {
    const data = testData(eventType, webhookId);
    const eventId = uuidv7();
    const [row] = await this.transaction.run(agencyId, (manager): Promise<{ version: number; delivery_id: string }[]> =>
      manager.query(
        `select version, delivery_id($3, id) from webhooks where id = $1 and agency_id = $2 and deleted_at is null`,
        [webhookId, agencyId, eventId],
      ),
    );
    if (!row) throw new AppError('not_found', 'There is no such webhook.');
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
      held: null,
      token: randomUUID(),
    };
  }

  async #store(delivery: ClaimedDelivery, { startedAtMs, outcome, requestHeaders }: SentAttempt): Promise<void> {
    const { deliveryId, agencyId, webhookId, eventId, eventType, body } = delivery;
    const { timing, answer } = outcome;
    const startedAt = new Date(startedAtMs);
    const status = answer?.status ?? null;
    await this.transaction.run(agencyId, async (manager) => {
      await manager.query(
        `insert into webhook_events (id, agency_id, type, occurred_at, test, body) values ($1, $2, $3, $4, true, $5)`,
        [eventId, agencyId, eventType, startedAt, body],
      );
      await manager.query(
        `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, test, state, attempts,
           last_status, last_reason, duration_ms, finished_at)
         values ($1, $2, $3, $4, $5, true, $6, 1, $7, $8, $9, now())`,
        [
          deliveryId,
          agencyId,
          webhookId,
          eventId,
          eventType,
          outcome.kind === 'succeeded' ? 'delivered' : 'failed',
          status,
          outcome.reason,
          timing.totalMs,
        ],
      );
      await manager.query(
        `insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, status,
           duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms, reconnected, detail, request_headers,
           response_headers, response_body, response_truncated, response_encoding, certificate_expired_at)
         values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
        [
          deliveryId,
          agencyId,
          webhookId,
          startedAt,
          outcome.kind,
          outcome.reason,
          status,
          timing.totalMs,
          timing.dnsMs,
          timing.connectMs,
          timing.tlsMs,
          timing.firstByteMs,
          outcome.reconnected,
          outcome.kind === 'failed' ? outcome.detail : null,
          JSON.stringify(requestHeaders),
          answer ? JSON.stringify(answer.headers) : null,
          answer?.body ?? null,
          answer?.truncated ?? false,
          answer?.encoding ?? null,
          outcome.kind === 'failed' ? (outcome.certificateExpiredAt ?? null) : null,
        ],
      );
    });
  }
}

function testData(eventType: string, webhookId: string): object {
  if (eventType === TEST_EVENT_TYPE) return { message: TEST_MESSAGE, webhookId };
  const definition = findEvent(eventType);
  if (!definition) throw fieldError('event', 'unknown_event_type', 'event is not an event of the catalogue');
  return exampleData(definition);
}
