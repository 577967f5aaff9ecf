import { isUtf8 } from 'node:buffer';
import { Injectable } from '@nestjs/common';
import { AppError } from '../lib/app-error.js';
import { ServiceDatabase } from '../database/service-database.js';
import { type Page, pageOf } from '../http/keyset-page.js';
import { DomainEvents } from '../events/domain-events.js';
import type { AcceptedEvent } from '../events/event-intake.js';
import { eventOf } from './message.js';
import type {
  RejectedEventResponse,
  RejectedEventsQuery,
  RejectedEventWithBodyResponse,
} from './rejected-events.dto.js';
import { type Agencies, RejectedEvents, type RejectedRow } from './rejected-events.js';

/** What a service or an operator does with messages that were not accepted. */
@Injectable()
export class RejectedEventsService {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly rejected: RejectedEvents,
    private readonly events: DomainEvents,
  ) {}

  list(agencies: Agencies, query: RejectedEventsQuery): Promise<Page<RejectedEventResponse>> {
    return pageOf(query, async (bounds) => (await this.rejected.list(agencies, bounds)).map(toJson));
  }

  /** Throws AppError not_found. */
  async get(agencies: Agencies, id: string): Promise<RejectedEventWithBodyResponse> {
    const row = await this.rejected.find(agencies, id);
    if (row === null) throw notFound();
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
      const message = await this.rejected.lock(manager, agencies, id);
      if (message === null) throw notFound();
      const accepted = await this.events.publish(eventOf(message), { manager, publishedAt: message.publishedAt });
      await this.rejected.remove(manager, agencies, id);
      return accepted;
    });
  }

  /** Throws AppError not_found. */
  async drop(agencies: Agencies, id: string): Promise<void> {
    if (!(await this.rejected.remove(this.database.manager, agencies, id))) throw notFound();
  }
}

const notFound = () => new AppError('not_found', 'There is nothing with this id.');

const toJson = ({ published_at, rejected_at, ...rest }: RejectedRow): RejectedEventResponse => ({
  ...rest,
  published_at: published_at.toISOString(),
  rejected_at: rejected_at.toISOString(),
});
