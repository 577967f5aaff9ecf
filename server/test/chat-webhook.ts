import { beforeEach, expect } from '@jest/globals';
import { EVENT_DEFINITIONS, exampleData } from '../src/events/catalogue/catalogue.js';
import { DomainEvents } from '../src/events/domain-events.js';
import { agencyPerTest, apiPerFile } from './api-app.js';
import { eventually } from './eventually.js';
import { type Answer, receiverPerFile } from './receiver.js';

interface Row {
  id: string;
  state: string;
  attempts: number;
  delivered_in: string | null;
  successes: number;
  failures: number;
}

const created = EVENT_DEFINITIONS.find(({ type }) => type === 'application.created')!;

/** A Slack webhook for each test; its stand-in answers with `chat.answer`. Nothing is retried before `nextTurn`. */
export function chatWebhook() {
  const chat = { id: '', answer: (_count: number): Answer => ({}) };
  const receiver = receiverPerFile((_request, count) => chat.answer(count));
  const api = apiPerFile(() => ({
    DESTINATION_HOSTS: ['slack', 'google_sheets'].map((kind) => `${kind}=${new URL(receiver.url).host}`).join(','),
    DELAY_SCALE: '1',
    ATTEMPT_TIMEOUT_MS: '10000',
    LEASE_MS: '30000',
  }));
  const agency = agencyPerTest(api);
  beforeEach(async () => {
    chat.answer = () => ({});
    const asked = { kind: 'slack', url: `${receiver.url}/services/T0/B0/${agency.id}`, events: ['*'] };
    const { status, body } = await agency.ask('post', '/webhooks', asked);
    expect({ status, body }).toMatchObject({ status: 201 });
    chat.id = body.id;
  });

  const publish = (count: number) =>
    api.app.get(DomainEvents).publishAll(
      Array.from({ length: count }, (_, n) => ({
        type: created.type,
        agencyId: agency.id,
        data: { ...exampleData(created), candidateId: `${agency.id}-${n}`, candidateName: `Zoe Q${n}x` },
      })),
    );
  const requests = () => receiver.requests.filter(({ path }) => path.endsWith(agency.id));
  const rows = () =>
    api.sql<Row>(
      `select d.id, d.state, d.attempts, d.delivered_in,
         (select count(*)::int from all_attempts a where a.delivery_id = d.id and a.outcome = 'succeeded') as successes,
         (select count(*)::int from all_attempts a where a.delivery_id = d.id and a.outcome = 'failed') as failures
       from all_deliveries d where d.webhook_id = $1 order by d.id`,
      [chat.id],
    );
  const allDelivered = (count: number) =>
    eventually(async () => {
      const asked = `select from all_deliveries where webhook_id = $1 and state = 'delivered'`;
      expect(await api.sql(asked, [chat.id])).toHaveLength(count);
    }).then(rows);
  /** Makes the next turn come now, and retries due. */
  const nextTurn = async (id = chat.id) => {
    await api.sql('update webhook_queue set due_at = now() where webhook_id = $1 and due_at > now()', [id]);
    await api.sql('update webhook_flow set next_at = now(), reserved_until = null where webhook_id = $1', [id]);
  };
  /** Ends the leases of the webhook, and with them its turn. */
  const endLeases = async () => {
    await api.sql('update webhook_queue set lease_until = now() where webhook_id = $1', [chat.id]);
    await nextTurn();
  };
  return { chat, receiver, api, agency, publish, requests, rows, allDelivered, nextTurn, endLeases };
}
