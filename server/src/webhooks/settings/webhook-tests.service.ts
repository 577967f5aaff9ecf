import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type AuditActor, AuditLog } from '../../audit/audit-log.service.js';
import type { Role } from '../../auth/role.js';
import { uuidFloor } from '../../lib/ids.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { TEST_EVENT_TYPE } from '../../events/catalogue/catalogue.js';
import { tooManyRequests } from '../../http/attempt-limit.js';
import { findAttemptContents, getDelivery } from '../deliveries/delivery-queries.js';
import { SentBody } from '../deliveries/sent-body.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import { testData, TestSender } from '../engine/send/test-sender.js';
import { excerptOf } from '../problems/masked.js';
import { lockWebhook } from './webhook-queries.js';
import type { TestResultResponse } from './test-result.dto.js';

const TESTS_PER_MINUTE = 10;
const ACTION = 'webhook.tested';

/** A caller, or a shared link. */
type Tester = AuditActor & { agencyId: string; role: Role };

/** Sends tests: rate limited, audited, and answered with the result. */
@Injectable()
export class WebhookTests {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly sender: TestSender,
    private readonly audit: AuditLog,
    private readonly sentBody: SentBody,
    private readonly addresses: WebhookAddresses,
  ) {}

  /** Throws AppError not_found, or too_many_requests after 10 tests of this webhook within a minute. */
  async send(
    actor: Tester,
    webhookId: string,
    eventType = TEST_EVENT_TYPE,
    fields?: Record<string, unknown>,
  ): Promise<TestResultResponse> {
    // Invalid data is refused before the test counts.
    testData(eventType, webhookId, fields);
    const { agencyId } = actor;
    await this.transaction.run(agencyId, async (manager) => {
      await lockWebhook(manager, agencyId, webhookId);
      await refuseTooMany(manager, agencyId, webhookId);
      const details = { event: eventType };
      await this.audit.record(manager, actor, { action: ACTION, targetKind: 'webhook', targetId: webhookId, details });
    });
    const { deliveryId } = await this.sender.send({ agencyId, webhookId, eventType, fields });
    return this.transaction.run(agencyId, (manager) => this.#result(manager, actor, deliveryId));
  }

  async #result(manager: EntityManager, actor: Tester, deliveryId: string): Promise<TestResultResponse> {
    const { agencyId } = actor;
    const { delivery } = await getDelivery(manager, agencyId, deliveryId);
    const [attempt] = await findAttemptContents(manager, agencyId, delivery);
    if (!attempt) throw new Error(`test ${deliveryId} has no attempt`);
    const body = await this.sentBody.of(manager, { agencyId, delivery }, [attempt]);
    const text = attempt.response_body;
    return {
      delivery_id: delivery.id,
      event_id: delivery.event_id,
      event: delivery.event,
      status: delivery.status,
      attempt: this.addresses.inAttempt(actor, delivery.webhook.id, attempt),
      answer_excerpt: text && body ? excerptOf(text, JSON.parse(body)) : null,
      body,
    };
  }
}

/**
 * Counts audit entries, so the limit holds across replicas; the lock on the webhook serialises concurrent tests. The
 * lower bound on the id limits the scan to the newest index entries.
 */
async function refuseTooMany(manager: EntityManager, agencyId: string, webhookId: string): Promise<void> {
  const [row] = await manager.query<{ tests: number; wait: number | null }[]>(
    `select count(*)::int as tests, ceil(extract(epoch from min(at) + interval '1 minute' - now()))::int as wait
     from audit_log
     where agency_id = $1 and id >= $2 and action = $3 and target_id = $4 and at > now() - interval '1 minute'`,
    [agencyId, uuidFloor(Date.now() - 120_000), ACTION, webhookId],
  );
  if (row && row.tests >= TESTS_PER_MINUTE) {
    throw tooManyRequests('This webhook was tested 10 times within a minute.', Math.max(1, row.wait ?? 60));
  }
}
