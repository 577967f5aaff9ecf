import { Injectable, Logger } from '@nestjs/common';
import type { Loop } from '../health/loop.js';
import { Loops } from '../health/loops.js';
import { MailFailure } from '../outbound/mailer.js';
import type { Outbox, Pending, SendResult } from '../outbound/outbox.js';

const ROUND_MS = 2_000;
const CLEANUP_MS = 3_600_000;

interface Sending<Row extends Pending> {
  /** The name of the loop in /health/ready. */
  name: string;
  outbox: Outbox<Row>;
  /** Resolves with false if there was nothing to send. */
  send: (row: Row) => Promise<boolean>;
  /** How the log names a row: without its address, which is personal data or a URL that may hold a key. */
  nameOf: (row: Row) => string;
}

/** Sends the messages in the outboxes, each in a loop of its own, and deletes old ones. */
@Injectable()
export class Outboxes {
  readonly #log = new Logger('Outbox');
  readonly #loops: Loop[] = [];
  readonly #outboxes: Pick<Outbox<Pending>, 'deleteOld'>[] = [];

  constructor(private readonly loops: Loops) {
    loops.add('old_messages', { everyMs: CLEANUP_MS, work: () => this.#deleteOld(), workersOnly: true });
  }

  /** Call it in a constructor. A message that is not settled when the server stops is sent again. */
  add<Row extends Pending>(sending: Sending<Row>): void {
    const { name, outbox } = sending;
    const work = () => this.#round(sending);
    this.#loops.push(this.loops.add(name, { everyMs: ROUND_MS, work, pending: outbox.pending, workersOnly: true }));
    this.#outboxes.push(outbox);
  }

  /** Runs a round of each outbox. */
  async tick(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.tick()));
  }

  async #deleteOld(): Promise<void> {
    for (const outbox of this.#outboxes) await outbox.deleteOld();
  }

  async #round<Row extends Pending>(sending: Sending<Row>): Promise<void> {
    const rows = await sending.outbox.claim();
    await Promise.all(rows.map(async (row) => sending.outbox.settle(row, await this.#send(sending, row))));
  }

  /** Never rejects. */
  async #send<Row extends Pending>({ send, nameOf }: Sending<Row>, row: Row): Promise<SendResult> {
    try {
      return (await send(row)) ? 'sent' : 'never';
    } catch (error) {
      const permanent = error instanceof MailFailure && error.permanent;
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn(`${nameOf(row)} ${permanent ? 'was refused' : 'will be retried'}: ${reason}`);
      return permanent ? 'never' : 'again';
    }
  }
}
