import { expect } from '@jest/globals';
import { uuidv7 } from '../src/lib/ids.js';
import type { Agency, ApiApp } from './api-app.js';

/* Webhooks and deliveries of an agency, added over the API or in the database. */

export const URL = 'https://hooks.payroll.example/bpoc';
const ADD = { url: URL, events: ['application.*', 'offer.accepted'], description: 'Payroll sync' };

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
  const deliver = async (webhookId: string, state: string, created = Date.now()): Promise<string> => {
    const id = uuidv7(created);
    await given().api.sql(
      `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, next_attempt_at)
     values ($1, $2, $3, $4, 'offer.sent', $5, now())`,
      [id, given().agency.id, webhookId, uuidv7(created), state],
    );
    if (state === 'waiting' || state === 'retrying') {
      await given().api.sql(
        `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, due_at)
       values ($1, $2, $3, $1, now() + interval '1 day')`,
        [id, given().agency.id, webhookId],
      );
    }
    return id;
  };
  const stateOf = async (deliveryId: string) =>
    (
      await given().api.sql<{ state: string; last_reason: string | null }>(
        'select state, last_reason from webhook_deliveries where id = $1',
        [deliveryId],
      )
    )[0];

  return { add, row, auditOf, deliver, stateOf };
}
