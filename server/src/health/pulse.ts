import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ServiceDatabase } from '../database/service-database.js';
import { Loop } from './loop.js';

const BEAT_MS = 1_000;

interface Question {
  name: string;
  sql: string;
  everyBeats: number;
  work: () => Promise<unknown>;
}

/**
 * Once a second one statement checks for all rooms whether there is anything to do, and only then does their work run.
 * When each room polled for itself, an idle database cost three times as much.
 */
@Injectable()
export class Pulse implements BeforeApplicationShutdown {
  readonly #questions: Question[] = [];
  readonly #loop = new Loop({ name: 'Pulse', everyMs: BEAT_MS, work: () => this.#beat() });
  #beats = 0;

  constructor(private readonly database: ServiceDatabase) {}

  /**
   * `sql` is a cheap condition that is true whenever there is work, and may be true without any. `work` must never
   * reject, like the tick of a loop. Call it before the application has started.
   */
  register(name: string, sql: string, work: () => Promise<unknown>, everyBeats = 1): void {
    this.#questions.push({ name, sql, work, everyBeats });
  }

  @Interval('pulse', BEAT_MS)
  tick(): Promise<void> {
    return this.#loop.tick();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }

  async #beat(): Promise<void> {
    if (this.#questions.length === 0) return;
    this.#beats++;
    const columns = this.#questions.map(({ name, sql }) => `(${sql}) as ${name}`);
    const [row] = await this.database.prepared<Record<string, boolean>>('pulse', `select ${columns.join(', ')}`);
    for (const { name, work, everyBeats } of this.#questions) {
      if (row![name] && this.#beats % everyBeats === 0) void work();
    }
  }
}
