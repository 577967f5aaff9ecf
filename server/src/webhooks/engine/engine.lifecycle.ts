import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import pg from 'pg';
import { ENV, type Env } from '../../config/env.js';
import { DATABASE, type DatabaseSettings } from '../../database/database-settings.js';
import { HealthIndicators } from '../../health/health-indicators.js';
import { Dispatcher } from './dispatcher.js';

/*
 * Starts and stops the loop, and listens for the hint that work became due in another process. Notifications only save waiting for the
 * next poll: losing the listener loses nothing, so it simply comes back when it can.
 */

/** An attempt ends within 11 s; what is under way at SIGTERM gets to finish. */
const STOP_GRACE_MS = 12_000;
const RELISTEN_MS = 1_000;

@Injectable()
export class EngineLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('Engine');
  #listener: pg.Client | null = null;
  #relisten: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly health: HealthIndicators,
    @Inject(ENV) private readonly env: Env,
    @Inject(DATABASE) private readonly settings: DatabaseSettings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.env.role === 'api') return;
    this.dispatcher.run();
    this.health.register('dispatcher', () => ({
      ok: this.dispatcher.trouble === null,
      ...(this.dispatcher.trouble === null ? {} : { detail: this.dispatcher.trouble }),
    }));
    void this.#listen();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    if (this.#relisten) clearTimeout(this.#relisten);
    await this.dispatcher.stop(STOP_GRACE_MS);
    await this.#listener?.end().catch(() => undefined);
  }

  async #listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.settings.directUrl,
      application_name: 'bpoc_listen',
      keepAlive: true,
    });
    const again = () => {
      client.removeAllListeners('end');
      if (!this.#stopping) this.#relisten = setTimeout(() => void this.#listen(), RELISTEN_MS);
    };
    client.on('error', (error) => this.#log.debug(`listener: ${error.message}`));
    client.on('notification', () => this.dispatcher.nudge());
    try {
      await client.connect();
      await client.query('listen bpoc_due');
      this.#listener = client;
      client.once('end', again);
    } catch {
      await client.end().catch(() => undefined);
      again();
    }
  }
}
