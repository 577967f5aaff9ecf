import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { ENV, type Env } from '../config/env.js';
import { HealthIndicators } from './health-indicators.js';
import { Loop } from './loop.js';
import { Pulse } from './pulse.js';

interface Repeated {
  everyMs: number;
  work: () => Promise<unknown>;
  /** SQL condition that is true whenever there may be work. The pulse evaluates it in place of a timer. */
  pending?: string | undefined;
  /** Do not run with ROLE=api. */
  workersOnly?: boolean;
  /** It writes data that is held in memory, so it runs once more when the server stops. */
  flushes?: boolean;
}

/**
 * Repeated work, each in a loop of its own, which starts with the server, is shown by /health/ready, and stops while
 * database, engine and streams still run.
 */
@Injectable()
export class Loops implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  readonly #added: ({ name: string; loop: Loop } & Repeated)[] = [];

  constructor(
    private readonly scheduler: SchedulerRegistry,
    private readonly indicators: HealthIndicators,
    private readonly pulse: Pulse,
    @Inject(ENV) private readonly env: Pick<Env, 'role'>,
  ) {}

  /** Call it in a constructor: the loops start once all providers exist. */
  add(name: string, repeated: Repeated): Loop {
    const loop = new Loop({ name, ...repeated });
    this.#added.push({ name, loop, ...repeated });
    return loop;
  }

  onApplicationBootstrap(): void {
    for (const { name, loop, everyMs, pending, workersOnly } of this.#added) {
      if (workersOnly && this.env.role === 'api') continue;
      this.indicators.register(name, () => loop.health());
      if (pending !== undefined) this.pulse.register(name, pending, () => loop.tick(), everyMs / 1_000);
      else
        this.scheduler.addInterval(
          name,
          setInterval(() => void loop.tick(), everyMs),
        );
    }
  }

  /** Waits for running rounds. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.#added.filter(({ flushes }) => !flushes).map(({ loop }) => loop.stop()));
  }

  /** Also writes what was added to memory in the meantime. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(
      this.#added.map(async ({ loop, flushes }) => {
        if (flushes) await loop.tick();
        await loop.stop();
      }),
    );
  }
}
