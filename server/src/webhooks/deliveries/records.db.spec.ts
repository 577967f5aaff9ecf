import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { deliveryLog } from '../../../test/delivery-log.js';
import { eventually } from '../../../test/eventually.js';
import { DATABASE, type DatabaseSettings } from '../../database/database-settings.js';
import { ServiceDatabase } from '../../database/service-database.js';
import type { Role } from '../../auth/role.js';
import { DomainEvents } from '../../events/domain-events.js';
import { Records } from '../../events/records/records.js';
import { Erasure } from '../engine/housekeeping/erasure.js';
import { expiredRows } from '../engine/housekeeping/expired-rows.js';

const log = deliveryLog();

const MARIA = { candidateId: 'c-1', candidateName: 'María dela Cruz-Santos' };
const CLERK = { jobId: 'j-1', jobTitle: 'Customer Service Representative' };

const publish = async (type: string, data: object, of = log.agency): Promise<string> =>
  (await log.api.app.get(DomainEvents).publish({ type, agencyId: of.id, data })).id;
const created = (data: object = {}, of = log.agency) =>
  publish(
    'application.created',
    { applicationId: 'A-1', ...MARIA, ...CLERK, candidateEmail: 'maria@example.com', ...data },
    of,
  );
const booked = (data: object = {}) =>
  publish('interview.scheduled', {
    interviewId: 'i-1',
    applicationId: 'A-1',
    candidateId: 'c-1',
    scheduledAt: '2026-01-22T10:30:00.000Z',
    interviewType: 'client_round_1',
    meetingLink: 'https://meet.example/1',
    ...data,
  });
/** The first round may have begun before. */
const written = async () => {
  for (let round = 0; round < 2; round++) await log.api.app.get(Records).tick();
};
const erase = (kind: 'candidate' | 'application', value: string) => {
  const actor = {
    kind: 'service',
    id: 'x',
    name: 'x',
    agencyId: null,
    role: null,
    scopes: [],
    agencyIds: null,
  } as const;
  return log.api.app.get(Erasure).erase({ agencyId: log.agency.id, kind, value }, { ...actor, scopes: ['erase'] });
};
const ask = async (path: string, role: Role = 'member') => {
  const { status, body } = await log.agency.ask('get', path, null, role);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
};
const search = async (q: string, role?: Role) =>
  ((await ask(`/records?q=${encodeURIComponent(q)}`, role)).data as { kind: string; id: string; label: string }[]).map(
    ({ kind, id, label }) => `${kind} ${id} ${label}`,
  );
const stored = () =>
  log.api.sql<{ kind: string; label: string }>(
    'select kind, value, label from records where agency_id = $1 order by kind',
    [log.agency.id],
  );

/** Names of people; titles of jobs may be written at any time. */
const candidates = async () => (await stored()).filter(({ kind }) => kind === 'candidate');

const CANDIDATE = 'candidate c-1 María dela Cruz-Santos';

describe('what records are called', () => {
  it('comes from events, and is found by beginnings of words, whatever their order, case and accents', async () => {
    await created();
    await created({
      applicationId: 'A-2',
      candidateId: 'c-2',
      candidateName: 'Mario Cruz',
      jobId: 'j-2',
      jobTitle: '=X',
    });
    await written();
    for (const q of ['maria', 'MARÍA d', 'santos', 'cruz mari dela', 'Cruz-San']) {
      expect([q, await search(q)]).toEqual([q, [CANDIDATE]]);
    }
    expect((await search('cruz')).toSorted()).toEqual(['candidate c-2 Mario Cruz', CANDIDATE].toSorted());
    expect(await search('serv')).toEqual(['job j-1 Customer Service Representative']);
    expect(await search('A-1')).toEqual(['application A-1 Customer Service Representative']);
    for (const q of ['m', 'aria', 'maria x', '%', '_', 'c-1\u{10FFFF}']) expect([q, await search(q)]).toEqual([q, []]);
  });

  it('is what the newest event says, and is written once a day', async () => {
    await created();
    await written();
    const versions = () =>
      log.api.sql('select xmin, label from records where agency_id = $1 order by kind', [log.agency.id]);
    const before = await versions();
    await created();
    await written();
    expect(await versions()).toEqual(before);
    await created({ candidateName: 'Maria Reyes' });
    await written();
    expect(await search('reyes')).toEqual(['candidate c-1 Maria Reyes']);
    expect(await search('santos')).toEqual([]);
  });

  it('is lost with a transaction that is rolled back', async () => {
    const bus = log.api.app.get(DomainEvents);
    const rolledBack = log.api.app.get(ServiceDatabase).transaction(async (inside) => {
      const data = {
        offerId: 'o',
        applicationId: 'A-1',
        candidateId: 'c-9',
        candidateName: 'Jo Li',
        sentAt: '2026-01-22T10:30:00Z',
      };
      await bus.publish({ type: 'offer.sent', agencyId: log.agency.id, data }, { manager: inside });
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    await written();
    expect(await stored()).toEqual([]);
  });

  it('expires with the log', async () => {
    await created();
    await written();
    await log.api.sql(`update records set seen_at = now() - interval '40 days' where kind = 'candidate'`);
    const purge = expiredRows(Date.now(), 30).find(({ what }) => what === 'names of records')!;
    await log.api.sql(purge.sql, [100, ...purge.values!]);
    expect(await stored()).toEqual([
      { kind: 'application', value: 'A-1', label: 'Customer Service Representative' },
      { kind: 'job', value: 'j-1', label: 'Customer Service Representative' },
    ]);
  });
});

describe('the log in words', () => {
  it('takes names from the event, else from records, else the number', async () => {
    const ids = [await created(), await booked(), await booked({ applicationId: 'A-7', candidateId: 'c-7' })];
    await written();
    const words = async (path: string, key: string) =>
      Object.fromEntries((await ask(path)).data.map((row: Record<string, unknown>) => [row[key], row['about']]));
    const byEvent = await words('/deliveries', 'event_id');
    expect(ids.map((id) => byEvent[id])).toEqual([
      {
        label: 'María dela Cruz-Santos · Customer Service Representative',
        sentence: 'María dela Cruz-Santos applied for Customer Service Representative',
      },
      {
        label: 'María dela Cruz-Santos · Customer Service Representative',
        sentence: expect.stringMatching(/^María dela Cruz-Santos .*22 Jan 2026/),
      },
      { label: expect.stringMatching(/^Interview i-1$/), sentence: expect.stringContaining('Interview i-1') },
    ]);
    expect(await words('/events', 'id')).toEqual(byEvent);
    const [delivery] = (await ask('/deliveries')).data;
    expect((await ask(`/deliveries/${delivery.id}`)).about).toEqual(delivery.about);
    expect((await ask(`/events/${delivery.event_id}`)).about).toEqual(delivery.about);
    expect((await ask(`/webhooks/${log.webhookId}`)).recent_deliveries[0].about).toEqual(delivery.about);
  });

  it('is found by name: deliveries, their counts, events, and what is sent again', async () => {
    const mine = [await created(), await booked()].toReversed();
    await created({ applicationId: 'A-2', candidateId: 'c-2', candidateName: 'Jo Li', jobId: 'j-2', jobTitle: 'Cook' });
    await written();
    const found = async (path: string, key: string) =>
      (await ask(path)).data.map((row: Record<string, unknown>) => row[key]);
    expect(await found('/deliveries?q=cruz%20mar', 'event_id')).toEqual(mine);
    expect(await found('/events?q=santos', 'id')).toEqual(mine);
    expect(await found('/events?q=representative', 'id')).toEqual(mine.slice(1));
    expect((await ask('/deliveries/counts?q=santos')).total).toEqual({ count: 2, capped: false });
    await log.api.sql(`delete from webhook_queue where agency_id = $1`, [log.agency.id]);
    await log.insert({ state: 'failed', references: [['candidate', 'c-1']] });
    const plan = await log.agency.ask('post', '/recoveries', { filter: { q: 'santos' }, dry_run: true });
    expect(plan.body).toMatchObject({ count: 1 });
  });

  it.each(['member', 'admin', 'owner'] as const)('has names for a %s', async (role) => {
    await created();
    await written();
    expect((await ask('/deliveries', role)).data[0].about.label).toContain('Santos');
    expect(await search('santos', role)).toEqual([CANDIDATE]);
  });

  it('has no names for viewers, and tells them nothing of one by search', async () => {
    const id = await created();
    await written();
    const { data } = await ask('/deliveries', 'viewer');
    const paths = [
      '/deliveries',
      '/events',
      `/events/${id}`,
      `/deliveries/${data[0].id}`,
      `/webhooks/${log.webhookId}`,
    ];
    for (const path of [...paths, '/webhooks', '/records?q=c-1', '/failure-groups', '/problems']) {
      const text = JSON.stringify(await ask(path, 'viewer'));
      expect([path, /santos|representative|maria/i.test(text)]).toEqual([path, false]);
    }
    expect(data[0]).toMatchObject({ about: null, subject: { kind: 'application', id: 'A-1' } });
    expect(await search('santos', 'viewer')).toEqual([]);
    expect(await search('c-1', 'viewer')).toEqual(['candidate c-1 null']);
    expect((await ask('/deliveries?q=santos', 'viewer')).data).toEqual([]);
    expect((await ask('/events?q=santos', 'viewer')).data).toEqual([]);
    expect((await ask('/deliveries/counts?q=santos', 'viewer')).total.count).toBe(0);
    expect((await ask('/deliveries?q=c-1', 'viewer')).data).toHaveLength(1);
  });

  it('is that of one agency', async () => {
    const other = await log.api.addAgency();
    await log.addWebhook(['*'], other);
    await created({}, other);
    await booked();
    await written();
    expect(await search('santos')).toEqual([]);
    expect((await ask('/deliveries')).data[0].about.label).toBe('Interview i-1');
    expect((await ask('/deliveries?q=santos')).data).toEqual([]);
  });
});

/** As another process; this one may have written the name by then. */
const WRITE_SQL = `insert into records (agency_id, kind, value, label) values ($1, 'candidate', 'c-1', 'Maria')
  on conflict (agency_id, kind, value) do update set label = excluded.label`;

describe('an erasure', () => {
  it('removes the name first, and the buffer does not bring it back', async () => {
    await created();
    await written();
    await created({ candidateName: 'Maria Reyes' });
    await erase('candidate', 'c-1');
    await written();
    expect(await search('maria')).toEqual([]);
    expect((await stored()).map(({ label }) => label)).toEqual([CLERK.jobTitle, CLERK.jobTitle]);
    expect((await ask('/deliveries')).data.map(({ about }: { about: null }) => about)).toEqual([null, null]);
  });

  it('waits for a write in progress, and removes that too', async () => {
    await created();
    const writer = new pg.Client(log.api.app.get<DatabaseSettings>(DATABASE).directUrl);
    await writer.connect();
    try {
      // Another process writes what it read before the message was emptied.
      await writer.query(
        `begin; set local role bpoc_service; select pg_advisory_xact_lock_shared(hashtext('records'))`,
      );
      await writer.query(WRITE_SQL, [log.agency.id]);
      const erased = erase('candidate', 'c-1');
      await eventually(async () => {
        const [waiting] = await log.api.sql(`select from pg_locks where locktype = 'advisory' and not granted`);
        expect(waiting).toBeDefined();
      });
      await writer.query('commit');
      await erased;
    } finally {
      await writer.end();
    }
    await written();
    expect(await candidates()).toEqual([]);
  });

  it('removes what another process wrote before the messages were empty', async () => {
    const id = await created();
    const reader = new pg.Client(log.api.app.get<DatabaseSettings>(DATABASE).directUrl);
    await reader.connect();
    try {
      await reader.query('begin; set local role bpoc_service');
      await reader.query('select from webhook_events where id = $1 for update', [id]);
      const erased = erase('candidate', 'c-1');
      await eventually(async () => {
        const [waiting] = await log.api.sql(`select from pg_locks where locktype = 'transactionid' and not granted`);
        expect(waiting).toBeDefined();
      });
      await log.api.sql(WRITE_SQL, [log.agency.id]);
      await reader.query('commit');
      await erased;
    } finally {
      await reader.end();
    }
    expect(await candidates()).toEqual([]);
  });

  it('of an application removes the name that its messages brought', async () => {
    await created({ candidateId: 'c-"1\\' });
    await written();
    await erase('application', 'A-1');
    expect((await stored()).map(({ label }) => label)).toEqual([CLERK.jobTitle]);
  });
});
