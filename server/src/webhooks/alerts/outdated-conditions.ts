import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { IsNull, MoreThan, Not } from 'typeorm';
import { FIRST_ID } from '../../lib/ids.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { outdatedConditions, type EventCondition } from '../destinations/conditions.js';
import { Webhook } from '../model/webhook.entity.js';
import { AlertWatch } from './alert-watch.js';

/*
 * A condition is checked against the catalogue when it is saved. A later release may have another catalogue, in which
 * no event can meet the condition. That is checked at the start, logged, and alerted.
 */

const PAGE = 500;

@Injectable()
export class OutdatedConditions implements OnApplicationBootstrap {
  readonly #log = new Logger('Conditions');

  constructor(
    private readonly database: ServiceDatabase,
    private readonly watch: AlertWatch,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** In the background: the start does not wait for it. */
  onApplicationBootstrap(): void {
    if (this.env.role === 'api') return;
    this.check().catch((error: unknown) => this.#log.error(error));
  }

  async check(): Promise<void> {
    for (let after = FIRST_ID; ;) {
      const page = await this.database.manager.find(Webhook, {
        select: { id: true, conditions: true },
        where: { id: MoreThan(after), conditions: Not(IsNull()), deletedAt: IsNull() },
        order: { id: 'ASC' },
        take: PAGE,
      });
      for (const webhook of page) await this.#report(webhook);
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
    }
  }

  async #report({ id, conditions }: Pick<Webhook, 'id' | 'conditions'>): Promise<void> {
    const outdated = outdatedConditions(conditions as EventCondition[]);
    if (outdated.length === 0) return;
    const fields = outdated.map(({ event, field }) => (field === null ? event : `${event} ${field}`)).join(', ');
    this.#log.warn(`webhook ${id}: conditions on types or fields that the catalogue does not have: ${fields}`);
    await this.watch.outdatedConditions(id, outdated);
  }
}
