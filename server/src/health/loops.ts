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
  /** SQL that holds whenever there may be work: the pulse asks it, instead of a timer of its own. */
  pending?: string | undefined;
  /** Not where ROLE=api. */
  workersOnly?: boolean;
  /** It writes what is in memory, so it has one more round when the server ends. */
  flushes?: boolean;
}

/**
 * Repeated work, each in a loop of its own: begun with the server, shown by /health/ready, and ended while database,
 * engine and streams still run.
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

  /** Call it in a constructor: loops begin when all are made. */
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

  /** A running round finishes. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.#added.filter(({ flushes }) => !flushes).map(({ loop }) => loop.stop()));
  }

  /** What was put into memory meanwhile is written too. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(
      this.#added.map(async ({ loop, flushes }) => {
        if (flushes) await loop.tick();
        await loop.stop();
      }),
    );
  }
}
