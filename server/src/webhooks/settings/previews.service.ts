import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { EVENT_DEFINITIONS, exampleData, findEvent } from '../../events/catalogue/catalogue.js';
import { matchesPattern } from '../../events/catalogue/event-pattern.js';
import { messageBody } from '../../events/publishable-event.js';
import type { EventData } from '../../events/records/labels.js';
import { Records } from '../../events/records/records.js';
import { validationFailed } from '../../http/field-errors.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { uuidv7 } from '../../lib/ids.js';
import { conditionProblems, failedCondition, type EventCondition } from '../destinations/conditions.js';
import { reduced } from '../destinations/content.js';
import { isTool } from '../destinations/kinds.js';
import { RequestBody } from '../destinations/request-body.js';
import { Webhook } from '../model/webhook.entity.js';
import type { ConditionsPreviewResponse, MessagePreviewResponse, PreviewConditions } from './previews.dto.js';

const LOOKED_AT = 50;
/** A type that hardly occurs must not scan the whole log. */
const SCANNED = 5_000;

interface PastEvent {
  id: string;
  type: string;
  occurred_at: Date;
  body: string;
}

/** What conditions and messages would do, on events that happened. */
@Injectable()
export class Previews {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly audit: AuditLog,
    private readonly body: RequestBody,
    private readonly records: Records,
  ) {}

  /** Throws AppError validation_failed. */
  async conditions(
    { agencyId }: AgencyActor,
    { events, conditions }: PreviewConditions,
  ): Promise<ConditionsPreviewResponse> {
    const subscribes = (type: string) => events.some((pattern) => matchesPattern(pattern, type));
    const problems = conditionProblems(conditions, subscribes);
    if (problems.length > 0) throw validationFailed(problems);
    const types = EVENT_DEFINITIONS.map(({ type }) => type).filter(subscribes);
    const past = await this.transaction.run(agencyId, (manager) => newestEvents(manager, agencyId, types));
    const judged = past.map(({ id, type, occurred_at, body }) => {
      const failed = failedCondition(conditions, type, dataOf(body));
      return { id, type, occurred_at: occurred_at.toISOString(), matches: failed === null, failed };
    });
    return { count: judged.length, matches: judged.filter(({ matches }) => matches).length, events: judged };
  }

  /** Throws AppError not_found, or validation_failed for an event that the webhook does not get. */
  message(actor: AgencyActor, webhookId: string, asked: string | undefined): Promise<MessagePreviewResponse> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      const webhook = await manager.findOneBy(Webhook, { id: webhookId, agencyId, deletedAt: IsNull() });
      if (!webhook) throw new AppError('not_found', 'Webhook not found.');
      const subscribes = (type: string) => webhook.events.some((pattern) => matchesPattern(pattern, type));
      const event = asked ?? EVENT_DEFINITIONS.find(({ type }) => subscribes(type))!.type;
      if (!subscribes(event)) throw fieldError('event', 'not_subscribed', `This webhook does not get ${event}.`);
      const past = await newestEvents(manager, agencyId, [event]);
      const conditions = webhook.conditions as EventCondition[] | null;
      const real = past.find(({ body }) => failedCondition(conditions, event, dataOf(body)) === null);
      const details = { event, event_id: real?.id ?? null };
      await this.audit.record(manager, actor, {
        action: 'webhook.previewed',
        targetKind: 'webhook',
        targetId: webhookId,
        details,
      });
      const message = real?.body ?? messageBody(event, new Date(), exampleData(findEvent(event)!));
      const whole = isTool(webhook.kind) ? await this.#named(manager, agencyId, message) : message;
      const body = webhook.content ? reduced(whole, webhook.content) : whole;
      const id = real?.id ?? uuidv7();
      const { kind, style } = webhook;
      const tool = isTool(kind) ? { kind, style: style! } : null;
      return { ...details, body: this.body.of({ eventId: id, deliveryId: id, body, test: false }, tool) };
    });
  }

  /** With the names that a tool would get. */
  async #named(manager: EntityManager, agencyId: string, body: string): Promise<string> {
    const message = JSON.parse(body) as { data: EventData };
    const [data] = await this.records.complete(manager, agencyId, [message.data]);
    return JSON.stringify({ ...message, data });
  }
}

/** The newest of these types that were not erased, without tests. */
function newestEvents(manager: EntityManager, agencyId: string, types: string[]): Promise<PastEvent[]> {
  return manager.query(
    `select id, type, occurred_at, body from (
       select * from webhook_events where agency_id = $1 order by id desc limit ${SCANNED}
     ) e where type = any($2) and not test and body is not null order by id desc limit ${LOOKED_AT}`,
    [agencyId, types],
  );
}

const dataOf = (body: string) => (JSON.parse(body) as { data: Record<string, unknown> }).data;
