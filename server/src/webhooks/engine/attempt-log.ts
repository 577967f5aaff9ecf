import { Logger } from '@nestjs/common';
import type { AttemptRecord } from './queue/attempt-record.js';
import type { SettleRow } from './queue/settle-sql.js';

/** The log lines of attempts: failures at info, all others at debug. Ids, never addresses, messages or answers. */
export class AttemptLog {
  readonly #log = new Logger('Attempts');
  readonly #debugs: boolean;

  constructor(level: string) {
    this.#debugs = level === 'debug' || level === 'trace';
  }

  /** `rows[n]` is the row settle returned for `records[n]`. */
  settled(records: readonly AttemptRecord[], rows: readonly SettleRow[]): void {
    for (const [index, record] of records.entries()) {
      const failed = record.outcome.kind === 'failed';
      if (failed) this.#log.log(lineOf('attempt failed', record, rows[index]!));
      else if (this.#debugs) this.#log.debug(lineOf('attempt', record, rows[index]!));
    }
  }
}

function lineOf(msg: string, { delivery, outcome }: AttemptRecord, { state }: SettleRow): object {
  const { agencyId, webhookId, deliveryId, eventId, eventType, attempt, traceparent } = delivery;
  return {
    msg,
    agency_id: agencyId,
    webhook_id: webhookId,
    delivery_id: deliveryId,
    event_id: eventId,
    event: eventType,
    attempt,
    reason: outcome.reason,
    status: outcome.answer?.status,
    duration_ms: outcome.timing.totalMs,
    state,
    group_id: delivery.group?.id,
    traceparent: traceparent ?? undefined,
  };
}
