import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { Notifications } from '../../database/notifications.js';
import { HealthIndicators } from '../../health/health-indicators.js';
import { Changes } from './changes.js';
import { Dispatcher } from './dispatcher.js';

/*
 * Starts and stops the dispatcher, and listens for notifications that deliveries became due in another process. Those
 * only make it claim before its next poll, so a lost one does no harm.
 */

@Injectable()
export class EngineLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly changes: Changes,
    private readonly health: HealthIndicators,
    private readonly notifications: Notifications,
    @Inject(ENV) private readonly env: Env,
  ) {}

  onApplicationBootstrap(): void {
    if (this.env.role === 'api') return;
    this.dispatcher.run();
    this.health.register('dispatcher', () => ({
      ok: this.dispatcher.trouble === null,
      ...(this.dispatcher.trouble === null ? {} : { detail: this.dispatcher.trouble }),
    }));
    this.notifications.listen('bpoc_due', { onNotification: (sender) => this.dispatcher.notified(sender) });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.dispatcher.stop();
    await this.changes.stop();
  }
}
