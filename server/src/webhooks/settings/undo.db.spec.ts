import { beforeEach, describe, expect, it } from '@jest/globals';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { receiverPerTest, type Answer } from '../../../test/receiver.js';
import { Routes } from '../engine/routes.js';
import { DomainEvents } from '../../events/domain-events.js';

/* What a person turned off or deleted can be undone for 10 seconds; what waits is kept until then, in the database. */

const api = apiPerFile({ UNDO_SECONDS: '10', DELAY_SCALE: '0.001', MAX_IN_FLIGHT_PER_WEBHOOK: '1' });
const agency = agencyPerTest(api);
let id: string;
let answers: Answer[];
const receiver = receiverPerTest();
let requests: Awaited<ReturnType<typeof receiver>>['requests'];

beforeEach(async () => {
  answers = [];
  const { url, ...started } = await receiver((_request, count) => answers[count - 1] ?? {});
  requests = started.requests;
  id = (await agency.ask('post', '/webhooks', { url, events: ['*'] })).body.id;
});

const MAIL = { candidateEmail: 'jane@x.example' };
const publish = () =>
  api.app.get(DomainEvents).publish({
    type: 'application.created',
    agencyId: agency.id,
    data: { applicationId: 'a-1', jobId: 'j-1', candidateId: 'c-1', candidateName: 'Jane', jobTitle: 'Cook', ...MAIL },
  });
const states = async () =>
  (
    await api.sql<{ state: string; reason: string | null }>(
      'select state, last_reason as reason from all_deliveries where webhook_id = $1 order by id',
      [id],
    )
  ).map(({ state, reason }) => (reason === null || reason === 'ok' ? state : `${state}: ${reason}`));
const turn = (on: boolean) => agency.ask('patch', `/webhooks/${id}`, { is_active: on });
const remove = () => agency.ask('delete', `/webhooks/${id}`);
const restore = () => agency.ask('post', `/webhooks/${id}/restore`);
const shown = () => agency.ask('get', `/webhooks/${id}`);
const late = () => api.sql('update webhooks set undo_until = now() where id = $1', [id]);
const secondsLeft = async () =>
  (
    await api.sql<{ left: number }>(
      'select extract(epoch from undo_until - now())::float8 as left from webhooks where id = $1',
      [id],
    )
  )[0]!.left;
const audited = async () =>
  (await api.sql<{ action: string }>('select action from audit_log where target_id = $1 order by id', [id])).map(
    ({ action }) => action,
  );
/** One request is in flight, and two deliveries wait. */
const underWay = async (status: number): Promise<() => void> => {
  let answer: () => void = () => undefined;
  answers = [{ status, after: new Promise<void>((resolve) => (answer = resolve)) }];
  for (let n = 0; n < 3; n++) await publish();
  await eventually(() => expect(requests).toHaveLength(1));
  return answer;
};

describe('a webhook that was turned off', () => {
  it('sends nothing more, keeps what waits and what happens, and sends it if it is turned on in time', async () => {
    const answer = await underWay(500);
    expect((await turn(false)).body).toMatchObject({ is_active: false, off_reason: 'person' });
    expect(await publish()).toMatchObject({ deliveries: 1, skipped: 0 });
    answer();
    // The failed one is not tried again either.
    await eventually(async () => expect((await states())[0]).toBe('retrying: server_error'));
    expect(await states()).toEqual(['retrying: server_error', 'waiting', 'waiting', 'waiting']);
    await api.sql(`update webhook_queue set due_at = now() where webhook_id = $1`, [id]);
    await turn(false);
    expect(await secondsLeft()).toBeGreaterThan(9);
    expect(requests).toHaveLength(1);
    await turn(true);
    await eventually(async () => expect(await states()).toEqual(Array(4).fill('delivered')));
    expect(requests).toHaveLength(5);
    // The second time off was the same act.
    expect(await audited()).toEqual(['webhook.created', 'webhook.updated', 'webhook.updated']);
  });

  it('drops what waits when it is too late, in whichever process, and skips what happens then', async () => {
    const answer = await underWay(200);
    await turn(false);
    await publish();
    await late();
    await eventually(async () =>
      expect((await states()).filter((state) => state === 'skipped: webhook_off')).toHaveLength(3),
    );
    answer();
    await eventually(async () => expect(await states()).toContain('delivered'));
    // A copy ends by the clock, which this test has put forward in the database alone.
    api.app.get(Routes).forget([agency.id]);
    expect(await publish()).toMatchObject({ deliveries: 0, skipped: 1 });
    expect(requests).toHaveLength(1);
  });
});

describe('a webhook that was deleted', () => {
  it('is restored as it was, with what happened meanwhile; both are audited', async () => {
    const answer = await underWay(500);
    const { body: before } = await shown();
    expect((await remove()).status).toBe(204);
    expect((await shown()).status).toBe(404);
    await publish();
    answer();
    await eventually(async () => expect((await states())[0]).toBe('retrying: server_error'));
    expect((await remove()).status).toBe(204);
    expect(requests).toHaveLength(1);
    const { status, body } = await restore();
    const { secret_last4, events, is_active } = before as Record<string, unknown>;
    expect([status, body]).toMatchObject([200, { id, secret_last4, events, is_active }]);
    await eventually(async () => expect(await states()).toEqual(Array(4).fill('delivered')));
    expect((await restore()).status).toBe(200);
    expect(await audited()).toEqual(['webhook.created', 'webhook.deleted', 'webhook.restored']);
  });

  it('cannot be restored when it is too late, by others, or beyond the quota; what waits is dropped', async () => {
    const answer = await underWay(200);
    await remove();
    const stranger = await api.addAgency();
    expect((await stranger.ask('post', `/webhooks/${id}/restore`)).body).toMatchObject({ code: 'not_found' });
    await api.sql(
      `insert into webhooks (id, agency_id, url, events, secret, secret_last4)
       select gen_random_uuid(), $1, '', '{offer.sent}', '', '' from generate_series(1, 200)`,
      [agency.id],
    );
    expect((await restore()).body).toMatchObject({ status: 409, code: 'too_many_webhooks' });
    await late();
    expect((await restore()).body).toMatchObject({ status: 409, code: 'undo_over' });
    answer();
    await eventually(async () =>
      expect((await states()).toSorted()).toEqual([
        'cancelled: webhook_deleted',
        'cancelled: webhook_deleted',
        'delivered',
      ]),
    );
    api.app.get(Routes).forget([agency.id]);
    expect(await publish()).toMatchObject({ deliveries: 0, skipped: 0 });
    expect((await remove()).status).toBe(404);
  });

  it('that was off before is off again', async () => {
    await turn(false);
    await publish();
    await remove();
    expect((await restore()).body).toMatchObject({ is_active: false });
    await eventually(async () => expect(await states()).toEqual(['skipped: webhook_off']));
  });

  it('that was off for long has skipped what happened before it was restored', async () => {
    await turn(false);
    await late();
    await remove();
    api.app.get(Routes).forget([agency.id]);
    expect(await publish()).toMatchObject({ deliveries: 0, skipped: 1 });
    await restore();
    expect(await states()).toEqual(['skipped: webhook_off']);
  });
});
