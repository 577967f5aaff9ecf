import { AppError } from '../../lib/app-error.js';
import type { PublishableEvent } from '../../events/publishable-event.js';

/*
 * How much may wait in this process to be stored. Invariant: what was let in is given back when its publisher has an answer, so a refusal is
 * about this process's memory and never about what is owed. Used by intake for single events and arrays alike.
 */

export const MAX_WAITING = 5_000;
/** Four arrays of the largest size. The database stores about 10 MiB a second, so a full room is stored within seconds. */
export const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Ids, references and the promise of an event whose message is empty. */
const OVERHEAD_BYTES = 1024;
const RETRY_AFTER_SECONDS = 1;

export class IntakeRoom {
  /** Single events and arrays that wait or are being stored. */
  #waiting = 0;
  #events = 0;
  #bytes = 0;
  #refused = 0;

  /** Events that wait or are being stored. */
  get events(): number {
    return this.#events;
  }

  /** About the memory that they take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Events that were refused since the process started. */
  get refused(): number {
    return this.#refused;
  }

  /** Lets the events of one publisher in while `work` stores them. Rejects with AppError intake_full, and nothing is done. */
  async during<T>(events: readonly PublishableEvent[], work: () => Promise<T>): Promise<T> {
    const bytes = events.reduce((sum, { body }) => sum + OVERHEAD_BYTES + Buffer.byteLength(body), 0);
    if (this.#waiting >= MAX_WAITING || this.#bytes + bytes > MAX_WAITING_BYTES) {
      this.#refused += events.length;
      throw new AppError('intake_full', 'More events are arriving than can be stored right now. Try again.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    this.#count(1, events.length, bytes);
    try {
      return await work();
    } finally {
      this.#count(-1, -events.length, -bytes);
    }
  }

  #count(waiting: number, events: number, bytes: number): void {
    this.#waiting += waiting;
    this.#events += events;
    this.#bytes += bytes;
  }
}
