import { Logger } from '@nestjs/common';
import type { AttemptRecord } from './queue/attempt-record.js';
import type { SettleRow } from './queue/settle-sql.js';

/** The log lines of attempts: failures at info, successes at debug. Ids, never addresses, messages or answers. */
export class AttemptLog {
  readonly #log = new Logger('Attempts');
  readonly logsSuccesses: boolean;

  constructor(level: string) {
    this.logsSuccesses = level === 'debug' || level === 'trace';
  }

  /** `state` is that of the delivery after the attempt. */
  log({ delivery, outcome }: AttemptRecord, { state }: SettleRow): void {
    const { agencyId, webhookId, deliveryId, eventId, eventType, attempt, traceparent } = delivery;
    const failed = outcome.kind === 'failed';
    const line = {
      msg: failed ? 'attempt failed' : 'attempt',
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
    if (failed) this.#log.log(line);
    else this.#log.debug(line);
  }
}
