import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { exampleData, findEvent, subscribedTypes, subscribes } from '../../events/catalogue/catalogue.js';
import { messageBody, messageData } from '../../events/publishable-event.js';
import type { EventData } from '../../events/records/labels.js';
import { completed } from '../../events/records/record-names.js';
import { validationFailed } from '../../http/field-errors.js';
import { fieldError } from '../../lib/app-error.js';
import { uuidv7 } from '../../lib/ids.js';
import { conditionProblems, failedCondition, type EventCondition } from '../destinations/conditions.js';
import { reduced } from '../destinations/content.js';
import { isTool } from '../destinations/kinds.js';
import type { DeliveredEvent } from '../destinations/message.js';
import { RequestBody } from '../destinations/request-body.js';
import { scheduleOf } from '../destinations/schedule.js';
import type { Webhook } from '../model/webhook.entity.js';
import { getStoredWebhook } from './webhook-queries.js';
import type {
  ConditionsPreviewResponse,
  MessagePreviewResponse,
  PreviewConditions,
  PreviewQuery,
} from './previews.dto.js';

const MAX_EVENTS = 50;

/** Examples in a message of several events, while there are no real events. */
const MAX_EXAMPLES = 3;

interface PastEvent {
  id: string;
  type: string;
  occurred_at: Date;
  body: string;
}

type Shown = Pick<PastEvent, 'type' | 'body'> & { id: string | null };

/** Shows what conditions and messages would do with past events. */
@Injectable()
export class Previews {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly audit: AuditLog,
    private readonly body: RequestBody,
  ) {}

  /** Throws AppError validation_failed. */
  async conditions(
    { agencyId }: AgencyActor,
    { events, conditions }: PreviewConditions,
  ): Promise<ConditionsPreviewResponse> {
    const problems = conditionProblems(conditions, (type) => subscribes(events, type));
    if (problems.length > 0) throw validationFailed(problems);
    const past = await this.transaction.run(agencyId, (manager) =>
      newestEvents(manager, agencyId, subscribedTypes(events)),
    );
    const judged = past.map(({ id, type, occurred_at, body }) => {
      const failed = failedCondition(conditions, type, messageData(body));
      return { id, type, occurred_at, matches: failed === null, failed };
    });
    return { count: judged.length, matches: judged.filter(({ matches }) => matches).length, events: judged };
  }

  /**
   * Throws AppError not_found, or validation_failed for an event that the webhook does not get, and for several events
   * in one message of an endpoint.
   */
  message(actor: AgencyActor, webhookId: string, input: PreviewQuery): Promise<MessagePreviewResponse> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      const webhook = await getStoredWebhook(manager, agencyId, webhookId);
      const { kind, style, content } = webhook;
      const tool = isTool(kind) ? { kind, style: style! } : null;
      const wantsGroup = input.grouped ?? String(scheduleOf(style).group !== 'each');
      const grouped = wantsGroup === 'true';
      if (grouped && !tool) throw fieldError('grouped', 'not_for_this_kind', 'Endpoints get one event per message.');
      const events = await this.#events(manager, webhook, input.event, grouped);
      const { type: event, id: event_id } = events[0]!;
      const details = { event, event_id };
      await this.audit.record(manager, actor, {
        action: 'webhook.previewed',
        targetKind: 'webhook',
        targetId: webhookId,
        details: { ...details, ...(grouped && { grouped }) },
      });
      const bodies = events.map(({ body }) => body);
      const whole = tool ? await this.#named(manager, agencyId, bodies) : bodies;
      const delivered = whole.map((body, n): DeliveredEvent => {
        const eventId = events[n]!.id ?? uuidv7();
        return { eventId, deliveryId: eventId, body: content ? reduced(body, content) : body, test: false };
      });
      const body = grouped ? this.body.ofGroup(uuidv7(), delivered, tool!) : this.body.of(delivered[0]!, tool);
      return { ...details, count: delivered.length, body };
    });
  }

  /** The newest events that the webhook would get, of one type unless they are grouped; without any, examples. */
  async #events(
    manager: EntityManager,
    { agencyId, events, conditions }: Webhook,
    eventType: string | undefined,
    grouped: boolean,
  ): Promise<Shown[]> {
    const subscribed = subscribedTypes(events);
    if (eventType !== undefined && !subscribed.includes(eventType))
      throw fieldError('event', 'not_subscribed', `This webhook does not get ${eventType}.`);
    const types = eventType === undefined ? subscribed : [eventType];
    const wanted = grouped ? types : types.slice(0, 1);
    const past = await newestEvents(manager, agencyId, wanted);
    const met = past.filter(
      ({ type, body }) => failedCondition(conditions as EventCondition[] | null, type, messageData(body)) === null,
    );
    const real = grouped ? met : met.slice(0, 1);
    if (real.length > 0) return real;
    return wanted.slice(0, MAX_EXAMPLES).map((type) => {
      return { id: null, type, body: messageBody(type, new Date(), exampleData(findEvent(type)!)) };
    });
  }

  /** The messages with the names that a tool would get. */
  async #named(manager: EntityManager, agencyId: string, bodies: readonly string[]): Promise<string[]> {
    const messages = bodies.map((body) => JSON.parse(body) as { data: EventData });
    const all = messages.map(({ data }) => data);
    const complete = await completed(manager, agencyId, all);
    return messages.map((message, n) => JSON.stringify({ ...message, data: complete[n] }));
  }
}

/** The newest events of these types, without tests and erased ones; rare types are found by the index. */
function newestEvents(manager: EntityManager, agencyId: string, types: string[]): Promise<PastEvent[]> {
  return manager.query(
    `select id, type, occurred_at, body from webhook_events
     where agency_id = $1 and type = any($2) and not test and body is not null order by id desc limit ${MAX_EVENTS}`,
    [agencyId, types],
  );
}
