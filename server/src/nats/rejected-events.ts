import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AppError, FieldError } from '../lib/app-error.js';
import { isUuid, uuidv7 } from '../lib/ids.js';
import type { PageBounds } from '../http/keyset-page.js';
import { ServiceDatabase } from '../database/service-database.js';
import { agencyIn, textsIn, type EventMessage } from './message.js';

/* The table of messages that were not accepted. */

/** Without its body. */
export interface RejectedRow {
  id: string;
  agency_id: string | null;
  subject: string;
  message_id: string | null;
  published_at: Date;
  rejected_at: Date;
  code: string;
  reason: string;
  errors: FieldError[];
  size: number;
}

/** Agencies whose rows are meant; null: all, and the rows of no agency. */
export type Agencies = string[] | null;

const MAX_ERRORS = 10;
const MAX_TEXT = 200;

const COLUMNS = `id, agency_id, subject, message_id, published_at, rejected_at, code, reason, errors,
  length(body) as size`;
const WITHIN = '($1::uuid[] is null or agency_id = any($1))';

@Injectable()
export class RejectedEvents {
  constructor(private readonly database: ServiceDatabase) {}

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
  list(agencies: Agencies, { before, limit }: PageBounds): Promise<RejectedRow[]> {
    return this.database.query(
      `select ${COLUMNS} from rejected_events where ${WITHIN} and ($2::uuid is null or id < $2)
       order by id desc limit $3`,
      [agencies, before, limit],
    );
  }

  async find(agencies: Agencies, id: string): Promise<(RejectedRow & { body: Buffer }) | null> {
    const [row] = await this.database.query<RejectedRow & { body: Buffer }>(
      `select ${COLUMNS}, body from rejected_events where ${WITHIN} and id = $2`,
      [agencies, id],
    );
    return row ?? null;
  }

  /** The message, for as long as the transaction takes; null if there is none. */
  async lock(manager: EntityManager, agencies: Agencies, id: string): Promise<EventMessage | null> {
    const [row] = await manager.query<EventMessage[]>(
      `select subject, body, message_id as "messageId", origin, published_at as "publishedAt"
       from rejected_events where ${WITHIN} and id = $2 for update`,
      [agencies, id],
    );
    return row ?? null;
  }

  /** False if there is none. */
  async remove(manager: EntityManager, agencies: Agencies, id: string): Promise<boolean> {
    const [rows] = await manager.query<[unknown[], number]>(
      `delete from rejected_events where ${WITHIN} and id = $2 returning id`,
      [agencies, id],
    );
    return rows.length > 0;
  }

  /**
   * Removes what mentions the value, of this agency or of none: what is wrong with a message may be the name of its
   * agency. Nothing for an unknown agency.
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

/** Bounds a page of the list: names of unknown fields are as long as the publisher makes them. */
function reasonOf({ code, message, errors = [] }: Pick<AppError, 'code' | 'message' | 'errors'>): string[] {
  const shown = errors
    .slice(0, MAX_ERRORS)
    .map((error) => ({ field: short(error.field), code: error.code, message: short(error.message) }));
  return [code, short(message), JSON.stringify(shown)];
}

const short = (text: string) =>
  (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text).replaceAll(/\0|\p{Cs}/gu, '\uFFFD');
