import { AppError } from '../../lib/app-error.js';
import type { PublishableEvent } from '../../events/publishable-event.js';

/*
 * Admission control of intake: how many events may wait in this process to be stored. A refusal depends on the memory
 * of this process only, never on what is pending in the database.
 */

export const MAX_WAITING = 5_000;
/**
 * Four arrays of the largest size. The database stores about 10 MiB a second, so a full buffer is stored within
 * seconds.
 */
export const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Ids, references and the promise of an event with an empty message. */
const OVERHEAD_BYTES = 1024;
const RETRY_AFTER_SECONDS = 1;

export class Admission {
  /** Single events and arrays that are waiting or being stored. */
  #waiting = 0;
  #events = 0;
  #bytes = 0;
  #refused = 0;

  /** Events that are waiting or being stored. */
  get events(): number {
    return this.#events;
  }

  /** Approximate memory they take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Events refused since the process started. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Counts the events of one publisher; returns their bytes, for `leave` when they are stored or refused. Throws
   * AppError intake_full.
   */
  enter(events: readonly PublishableEvent[]): number {
    let bytes = 0;
    for (const { body } of events) bytes += OVERHEAD_BYTES + Buffer.byteLength(body);
    if (this.#waiting >= MAX_WAITING || this.#bytes + bytes > MAX_WAITING_BYTES) {
      this.#refused += events.length;
      throw new AppError('intake_full', 'More events are arriving than can be stored right now. Try again.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    this.#waiting++;
    this.#events += events.length;
    this.#bytes += bytes;
    return bytes;
  }

  leave(events: readonly PublishableEvent[], bytes: number): void {
    this.#waiting--;
    this.#events -= events.length;
    this.#bytes -= bytes;
  }
}
