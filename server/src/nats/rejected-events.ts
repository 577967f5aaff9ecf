import { isUtf8 } from 'node:buffer';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../lib/app-error.js';
import { isUuid, uuidv7 } from '../lib/ids.js';
import { ServiceDatabase } from '../database/service-database.js';
import { type Page, pageOf } from '../http/keyset-page.js';
import { DomainEvents } from '../events/domain-events.js';
import type { AcceptedEvent } from '../events/event-intake.js';
import { agencyIn, eventOf, textsIn, type EventMessage } from './message.js';
import type {
  RejectedEventResponse,
  RejectedEventsQuery,
  RejectedEventWithBodyResponse,
} from './rejected-events.dto.js';

/* Messages from NATS that were not accepted as events: stored with the reason, until a person accepts or drops them. */

type RejectedRow = Omit<RejectedEventResponse, 'published_at' | 'rejected_at'> & {
  published_at: Date;
  rejected_at: Date;
};

/** Whose messages a caller may see; null: all, and those of no agency. */
type Agencies = string[] | null;

const MAX_ERRORS = 10;
const MAX_TEXT = 200;

const COLUMNS = `id, agency_id, subject, message_id, published_at, rejected_at, code, reason, errors,
  length(body) as size`;
const WITHIN = '($1::uuid[] is null or agency_id = any($1))';

@Injectable()
export class RejectedEvents {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly events: DomainEvents,
  ) {}

  /** Stores a message with the reason; once, if it is delivered again. */
  async store(message: EventMessage, refusal: Pick<AppError, 'code' | 'message' | 'errors'>): Promise<void> {
    const agencyId = agencyIn(message.body);
    await this.database.query(
      `insert into rejected_events
         (id, agency_id, origin, subject, message_id, body, published_at, code, reason, errors, texts)
       values ($1, (select id from agencies where id = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11)
       on conflict (origin) do nothing`,
      [
        uuidv7(),
        isUuid(agencyId) ? agencyId : null,
        message.origin,
        message.subject,
        message.messageId,
        message.body,
        message.publishedAt,
        ...reasonOf(refusal),
        textsIn(message.body),
      ],
    );
  }

  /** Newest first. */
  list(agencies: Agencies, query: RejectedEventsQuery): Promise<Page<RejectedEventResponse>> {
    return pageOf(query, async ({ before, limit }) => {
      const rows = await this.database.query<RejectedRow>(
        `select ${COLUMNS} from rejected_events where ${WITHIN} and ($2::uuid is null or id < $2)
         order by id desc limit $3`,
        [agencies, before, limit],
      );
      return rows.map(toJson);
    });
  }

  /** Throws AppError not_found. */
  async get(agencies: Agencies, id: string): Promise<RejectedEventWithBodyResponse> {
    const [row] = await this.database.query<RejectedRow & { body: Buffer }>(
      `select ${COLUMNS}, body from rejected_events where ${WITHIN} and id = $2`,
      [agencies, id],
    );
    if (!row) throw notFound();
    const { body, ...rest } = row;
    const encoding = isUtf8(body) ? 'utf-8' : 'base64';
    return Object.assign(toJson(rest), { body: body.toString(encoding), body_encoding: encoding } as const);
  }

  /**
   * Stores the message as an event, in one transaction with its removal from here. Throws AppError not_found, or the
   * refusal, which changes nothing.
   */
  async accept(agencies: Agencies, id: string): Promise<AcceptedEvent> {
    return this.database.transaction(async (manager) => {
      const [message] = await manager.query<EventMessage[]>(
        `select subject, body, message_id as "messageId", origin, published_at as "publishedAt"
         from rejected_events where ${WITHIN} and id = $2 for update`,
        [agencies, id],
      );
      if (!message) throw notFound();
      const accepted = await this.events.publish(eventOf(message), { manager, publishedAt: message.publishedAt });
      await this.#remove(manager, agencies, id);
      return accepted;
    });
  }

  /** Throws AppError not_found. */
  async drop(agencies: Agencies, id: string): Promise<void> {
    if (!(await this.#remove(this.database.manager, agencies, id))) throw notFound();
  }

  /** False if there is none. */
  async #remove(manager: EntityManager, agencies: Agencies, id: string): Promise<boolean> {
    const [rows] = await manager.query<[unknown[], number]>(
      `delete from rejected_events where ${WITHIN} and id = $2 returning id`,
      [agencies, id],
    );
    return rows.length > 0;
  }

  /**
   * Removes messages that mention the value, of this agency or of none, because the agency may be what is wrong with a
   * message. Nothing for an unknown agency.
   */
  async erase(agencyId: string, value: string): Promise<void> {
    await this.database.query(
      `delete from rejected_events
       where (agency_id = $1 or agency_id is null) and $2 = any(texts)
         and exists (select from agencies where id = $1)`,
      [agencyId, value],
    );
  }

  async count(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>('select count(*)::int as count from rejected_events');
    return row!.count;
  }
}

const notFound = () => new AppError('not_found', 'There is nothing with this id.');

const toJson = ({ published_at, rejected_at, ...rest }: RejectedRow): RejectedEventResponse => ({
  ...rest,
  published_at: published_at.toISOString(),
  rejected_at: rejected_at.toISOString(),
});

/** Bounds a page of the list: names of unknown fields are as long as the publisher makes them. */
function reasonOf({ code, message, errors = [] }: Pick<AppError, 'code' | 'message' | 'errors'>): string[] {
  const shown = errors
    .slice(0, MAX_ERRORS)
    .map((error) => ({ field: short(error.field), code: error.code, message: short(error.message) }));
  return [code, short(message), JSON.stringify(shown)];
}

const short = (text: string) =>
  (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text).replaceAll(/\0|\p{Cs}/gu, '\uFFFD');
