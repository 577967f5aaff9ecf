import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { type Agency, type ApiApp, startApiApp } from './api-app.js';
import { type InsertedDelivery, type NewDelivery, insertDelivery } from './insert-delivery.js';

/** The agency of the current test and its webhook, in an application that sends nothing. */
export class DeliveryLog {
  api: ApiApp;
  agency: Agency;
  webhookId: string;

  /** Adds a webhook named "Payroll sync"; returns its id. */
  async addWebhook(events = ['*'], of = this.agency): Promise<string> {
    const asked = { url: 'https://hooks.payroll.example/bpoc', events, description: 'Payroll sync' };
    return String((await of.ask('post', '/webhooks', asked)).body.id);
  }

  /** Inserts a delivery of the webhook. */
  insert(more: Partial<NewDelivery> = {}): Promise<InsertedDelivery> {
    return insertDelivery(this.api.sql, { agencyId: this.agency.id, webhookId: this.webhookId, ...more });
  }
}

/** Call once per spec file, whose tests insert the deliveries. `webhook: false`: they add the webhooks too. */
export function deliveryLog({ webhook = true } = {}): DeliveryLog {
  const log = new DeliveryLog();
  beforeAll(async () => {
    log.api = await startApiApp({ ROLE: 'api' });
  }, 60_000);
  afterAll(() => log.api?.close());
  beforeEach(async () => {
    log.agency = await log.api.addAgency();
    if (webhook) log.webhookId = await log.addWebhook();
  });
  return log;
}
