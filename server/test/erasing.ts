import { beforeAll, expect } from '@jest/globals';
import request from 'supertest';
import { ApiKeys } from '../src/auth/keys/api-keys.service.js';
import { ServiceDatabase } from '../src/database/service-database.js';
import { DomainEvents } from '../src/events/domain-events.js';
import { referenceHash } from '../src/events/publishable-event.js';
import { agencyPerTest, apiPerFile } from './api-app.js';
import { eventually } from './eventually.js';
import { receiverPerTest } from './receiver.js';

export interface ErasedDelivery {
  id: string;
  state: string;
  last_reason: string | null;
  attempts: number;
}

/** A server with a new agency for each test, and helpers for the specs of erasures. */
export function erasing() {
  // A retry comes after 6 s: long enough to erase it before, short enough to see that it does not come.
  const api = apiPerFile({ DELAY_SCALE: '0.1', ATTEMPT_TIMEOUT_MS: '3000', LEASE_MS: '9000' });
  const agency = agencyPerTest(api);
  let token: string;
  const issueToken = async (agencyIds: string[] | null): Promise<string> => {
    const about = { name: 'platform', createdBy: 'test', scopes: ['erase' as const], agencyIds };
    const issued = await api.app
      .get(ServiceDatabase)
      .transaction((manager) => api.app.get(ApiKeys).issueServiceToken(manager, about));
    return issued.token;
  };

  beforeAll(async () => {
    token = await issueToken(null);
  });

  const receiver = receiverPerTest();
  /** A receiver that answers on demand. */
  const slowReceiver = async (status: number) => {
    let answer: () => void = () => undefined;
    const after = new Promise<void>((resolve) => (answer = resolve));
    const started = await receiver(() => ({ status, body: 'Jane is unknown here', after }));
    return { ...started, answer };
  };

  const addWebhook = async (url: string, of = agency): Promise<string> =>
    (await of.ask('post', '/webhooks', { url, events: ['*'] })).body.id;
  const publish = async (candidateId: string, of = agency): Promise<string> => {
    const data = { applicationId: 'a-1', jobId: 'j-1', candidateId, candidateName: 'Jane', jobTitle: 'Cook' };
    const event = { type: 'application.created', agencyId: of.id, data: { ...data, candidateEmail: 'jane@x.example' } };
    return (await api.app.get(DomainEvents).publish(event)).id;
  };
  const erase = (candidateId: string, { kind = 'candidate', agencyId = agency.id, by = token } = {}) =>
    request(api.app.getHttpServer())
      .delete(`/api/internal/references/${kind}/${encodeURIComponent(candidateId)}?agencyId=${agencyId}`)
      .set('authorization', `Bearer ${by}`);
  const erased = async (candidateId: string): Promise<unknown> => {
    const { status, body } = await erase(candidateId);
    expect({ status, body }).toMatchObject({ status: 200, body: { received_by: expect.any(Array) } });
    const { received_by: _received, ...counts } = body as object & { received_by: unknown };
    return counts;
  };

  const deliveryOf = async (eventId: string): Promise<ErasedDelivery> =>
    (await api.sql<ErasedDelivery>('select * from all_deliveries where event_id = $1', [eventId]))[0]!;
  const deliveryIn = (eventId: string, state: string) =>
    eventually(async () => {
      const row = await deliveryOf(eventId);
      expect(row.state).toBe(state);
      return row;
    });
  const hashOf = (candidate: string) => String(referenceHash(agency.id, 'candidate', candidate));
  const queued = () => api.sql('select from webhook_queue where agency_id = $1', [agency.id]);
  /** Messages and answers of the agency in the database. */
  const kept = async () =>
    (
      await api.sql<{ messages: number; answers: number }>(
        `select (select count(*)::int from webhook_events where agency_id = $1 and body is not null) as messages,
           (select count(*)::int from all_attempts
            where agency_id = $1 and (response_body is not null or response_headers is not null)) as answers`,
        [agency.id],
      )
    )[0];

  const rows = { deliveryOf, deliveryIn, hashOf, queued, kept };
  return { api, agency, issueToken, receiver, slowReceiver, addWebhook, publish, erase, erased, ...rows };
}
