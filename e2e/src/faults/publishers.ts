import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { applicationCreated, bearer, type Receipt } from '../support/client.js';
import type { TestServer } from '../support/server.js';

const PAUSE_MS = 50;
/** How long a publisher waits for an answer before it tries elsewhere. */
const ANSWER_TIMEOUT_MS = 5_000;

interface PublishersOptions {
  /** The servers to publish to, in turn; evaluated for each attempt. */
  urls: () => string[];
  server: TestServer;
}

/** Careful publishers: each event has a key and is published again, at any server, until it is accepted. */
export class Publishers {
  /** Ids of accepted events. */
  readonly accepted: string[] = [];
  /** Refusals by status. */
  readonly refused = new Map<number, number>();
  readonly #options: PublishersOptions;
  #work: Promise<void> = Promise.resolve();
  #enough = false;
  #stopped = false;

  constructor(options: PublishersOptions) {
    this.#options = options;
  }

  /** Publishes `count` events, one every few milliseconds, in the background. */
  publish(count: number, { everyMs = 2 }: { everyMs?: number } = {}): void {
    this.#enough = false;
    this.#work = (async () => {
      const under: Promise<void>[] = [];
      for (let n = 0; n < count && !this.#stopped && !this.#enough; n++) {
        under.push(this.#publishOne(n));
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
      await Promise.all(under);
    })();
    // `done` rejects for its callers; without any, it must not be an unhandled rejection.
    this.#work.catch(() => undefined);
  }

  /** Stops publishing; events in flight are still accepted. */
  enough(): void {
    this.#enough = true;
  }

  /** Waits until every started event is accepted. Rejects after a response that must not happen. */
  async done(): Promise<void> {
    await this.#work;
  }

  /** Gives up events that are not accepted yet. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work.catch(() => undefined);
  }

  async #publishOne(n: number): Promise<void> {
    const { urls, server } = this.#options;
    const event = { ...applicationCreated(server), id: randomUUID() };
    for (let attempt = 0; !this.#stopped; attempt++) {
      const all = urls();
      const agent = bearer(all[(n + attempt) % all.length]!, server.demo.serviceToken);
      const response = await agent
        .post('/api/internal/events')
        .timeout(ANSWER_TIMEOUT_MS)
        .send(event)
        .then(
          (answer) => answer,
          () => null,
        );
      if (response?.status === 202) {
        this.accepted.push((response.body as Receipt).id);
        return;
      }
      if (response) {
        expect([429, 503]).toContain(response.status);
        this.refused.set(response.status, (this.refused.get(response.status) ?? 0) + 1);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
