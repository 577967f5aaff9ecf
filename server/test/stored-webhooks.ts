import { expect } from '@jest/globals';
import type { Agency, ApiApp } from './api-app.js';
import { insertDelivery } from './insert-delivery.js';

/* Webhooks and deliveries of an agency, added over the API or in the database. */

export const URL = 'https://hooks.payroll.example/bpoc';
export const ADD = { url: URL, events: ['application.*', 'offer.accepted'], description: 'Payroll sync' };

export interface WebhookBody {
  id: string;
  secret: string;
  last_24h: { hours: object[] };
}

/** `given()` is the application and the agency of the test that runs. */
export function storedWebhooks(given: () => { api: ApiApp; agency: Agency }) {
  const add = async (more: object = {}): Promise<WebhookBody> => {
    const { status, body } = await given().agency.ask('post', '/webhooks', { ...ADD, ...more });
    expect({ status, body }).toMatchObject({ status: 201 });
    return body as WebhookBody;
  };
  const row = async <T = Record<string, unknown>>(id: string): Promise<T> =>
    (await given().api.sql<T>('select * from webhooks where id = $1', [id]))[0]!;
  const auditOf = (targetId: string) =>
    given().api.sql<{ action: string; actor_name: string; details: object }>(
      'select action, actor_name, details from audit_log where target_id = $1 order by id',
      [targetId],
    );
  /** A delivery of a webhook, queued or not. */
  const deliver = async (webhookId: string, state: string, at = Date.now()): Promise<string> =>
    (await insertDelivery(given().api.sql, { agencyId: given().agency.id, webhookId, state, at })).id;
  const stateOf = async (deliveryId: string) =>
    (
      await given().api.sql<{ state: string; last_reason: string | null }>(
        'select state, last_reason from all_deliveries where id = $1',
        [deliveryId],
      )
    )[0];

  return { add, row, auditOf, deliver, stateOf };
}
