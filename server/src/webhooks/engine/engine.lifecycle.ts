import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { DATABASE, type DatabaseSettings } from '../../database/database-settings.js';
import { ImpatientClient } from '../../database/pg-pool.js';
import { HealthIndicators } from '../../health/health-indicators.js';
import { Dispatcher } from './dispatcher.js';

/*
 * Starts and stops the loop, and listens for the hint that work became due in another process. Notifications only save waiting for the
 * next poll: losing the listener loses nothing, so it simply comes back when it can.
 */

/** An attempt ends within 11 s; what is under way at SIGTERM gets to finish. */
const STOP_GRACE_MS = 12_000;
const RELISTEN_MS = 1_000;
const HEARTBEAT_MS = 30_000;

@Injectable()
export class EngineLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('Engine');
  #listener: ImpatientClient | null = null;
  #relisten: NodeJS.Timeout | null = null;
  #heartbeat: NodeJS.Timeout | undefined;
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
    // A listener only waits, so it would never notice that its connection is dead: a query that gets no answer drops it.
    this.#heartbeat = setInterval(() => void this.#listener?.query('select 1').catch(() => undefined), HEARTBEAT_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    if (this.#relisten) clearTimeout(this.#relisten);
    await this.dispatcher.stop(STOP_GRACE_MS);
    clearInterval(this.#heartbeat);
    // Not awaited: over a connection that is dead without knowing it, the goodbye would never be answered.
    this.#listener?.end().catch(() => undefined);
  }

  async #listen(): Promise<void> {
    const client = new ImpatientClient({
      connectionString: this.settings.directUrl,
      application_name: 'bpoc_listen',
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
    });
    const again = () => {
      client.removeAllListeners('end');
      this.#listener = null;
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
      client.end().catch(() => undefined);
      again();
    }
  }
}
