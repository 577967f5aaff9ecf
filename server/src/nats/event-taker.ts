import { Injectable, Logger } from '@nestjs/common';
import { AppError, type ErrorCode } from '../lib/app-error.js';
import { ConcurrencyLimit } from '../lib/concurrency-limit.js';
import { refusalOfDatabase } from '../http/database-errors.js';
import { DomainEvents } from '../events/domain-events.js';
import { eventOf, type EventMessage } from './message.js';
import { RejectedEvents } from './rejected-events.js';

/** accepted: stored as an event. rejected: stored with the reason. later: not stored, so NATS delivers it again. */
export type Taken = 'accepted' | 'rejected' | 'later';

/** Refusals that are not about the event. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set(['database_unavailable', 'intake_full']);
/** After so many deliveries an event that fails for an unknown reason is rejected, so that it does not block others. */
const MAX_FAILURES = 5;
/** Bounds the connections that are not available to the engine. */
const REJECTIONS_AT_ONCE = 2;

/** Stores a message, as an event or as a rejected one. */
@Injectable()
export class EventTaker {
  readonly #log = new Logger('Nats');
  readonly #rejections = new ConcurrencyLimit({
    atOnce: REJECTIONS_AT_ONCE,
    maxWaiting: Infinity,
    refusal: () => new Error('never'),
  });

  constructor(
    private readonly events: DomainEvents,
    private readonly rejected: RejectedEvents,
  ) {}

  /**
   * Never rejects. Messages that are taken at the same time are stored in one transaction.
   * @param delivery how often it was delivered, this time included
   */
  async take(message: EventMessage, delivery: number): Promise<Taken> {
    try {
      await this.events.publish(eventOf(message), { publishedAt: message.publishedAt });
      return 'accepted';
    } catch (error) {
      return this.#refused(message, error, delivery);
    }
  }

  async #refused(message: EventMessage, error: unknown, delivery: number): Promise<Taken> {
    if (error instanceof AppError && TRANSIENT.has(error.code)) return 'later';
    if (!(error instanceof AppError)) {
      this.#log.error(error);
      if (delivery < MAX_FAILURES) return 'later';
    }
    const words = 'This server could not store it, for a reason that its log says.';
    const refusal = error instanceof AppError ? error : new AppError('internal', words);
    try {
      await this.#rejections.run(() => this.rejected.store(message, refusal));
      return 'rejected';
    } catch (failure) {
      if (refusalOfDatabase(failure)?.code !== 'database_unavailable') this.#log.error(failure);
      return 'later';
    }
  }
}
