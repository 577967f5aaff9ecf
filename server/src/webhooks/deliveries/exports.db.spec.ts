import type { IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Role } from '../../auth/role.js';
import { deliveryLog } from '../../../test/delivery-log.js';
import { LONG } from '../../../test/long.js';

const MIB = 2 ** 20;
const log = deliveryLog();

/** The limits of time of exports. */
const times: AbortController[] = [];
beforeEach(() => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    if (ms !== 600_000) return timeout(ms);
    return times[times.push(new AbortController()) - 1]!.signal;
  });
});
afterEach(() => void jest.restoreAllMocks());

const csv = (path: string, role: Role = 'admin') => log.agency.ask('get', path, null, role).buffer(true);
const linesOf = (text: string) => text.replace('\uFEFF', '').trimEnd().split('\r\n');

it('exports deliveries and events with the filters of the screen, for members, without formulas', async () => {
  await log.agency.ask('patch', `/webhooks/${log.webhookId}`, { description: '=HYPERLINK("http://x.example")' });
  const failed = await log.insert({ state: 'failed' });
  const delivered = await log.insert({ state: 'delivered' });
  const answer = await csv('/deliveries.csv?status=failed', 'member');
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
  expect(answer.headers['content-disposition']).toBe('attachment; filename="deliveries.csv"');
  const [head, ...rows] = linesOf(answer.text);
  expect(head).toMatch(/^id,created_at,event,event_id,.*,address,status,attempts,/);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toContain(failed.id);
  expect(rows[0]).toContain(`"'=HYPERLINK(""http://x.example"")"`);
  const events = linesOf((await csv('/events.csv', 'member')).text);
  expect(events).toHaveLength(3);
  expect(events.join()).toContain(delivered.eventId);
  for (const path of ['/deliveries.csv', '/events.csv']) expect((await csv(path, 'viewer')).status).toBe(403);
  expect((await csv('/audit.csv', 'member')).status).toBe(403);
  expect((await csv('/deliveries.csv?from=yesterday')).body.errors).toMatchObject([{ field: 'from' }]);
  const audited = await log.api.sql(
    `select action, details from audit_log where agency_id = $1 and action like '%.exported' order by id`,
    [log.agency.id],
  );
  expect(audited).toEqual([
    { action: 'deliveries.exported', details: { filters: ['status'] } },
    { action: 'events.exported', details: { filters: [] } },
  ]);
});

const addEntries = (count: number) =>
  log.api.sql(
    `insert into audit_log (id, agency_id, actor_kind, action, details)
     select gen_random_uuid(), $1, 'system', 'webhook.tested', jsonb_build_object('note', repeat('x', 3000))
     from generate_series(1, $2::int)`,
    [log.agency.id, count],
  );

it.each([
  [
    'the access of its caller',
    async () => {
      const { body } = await log.agency.ask('get', '/api-keys', null, 'owner');
      const { id } = (body.data as { id: string; name: string }[]).find(({ name }) => name === 'admin')!;
      await log.agency.ask('delete', `/api-keys/${id}`, null, 'owner').expect(204);
    },
  ],
  ['its time', () => Promise.resolve(times.forEach((time) => time.abort()))],
])('is cut off at the end of %s', async (_what, end) => {
  await addEntries(10_000);
  let bytes = 0;
  const cut = await new Promise<string>((resolve, reject) => {
    void log.agency
      .ask('get', '/audit.csv')
      .buffer(true)
      .parse((parsed, _done) => {
        const response = parsed as unknown as IncomingMessage;
        response.once('data', () => {
          response.pause();
          end().then(() => response.resume(), reject);
        });
        response.on('data', (chunk: Buffer) => (bytes += chunk.length));
        response.on('error', (error: Error) => resolve(error.message));
        response.on('end', () => resolve('complete'));
      })
      .end(() => undefined);
  });
  expect([cut, bytes < 25 * MIB]).toEqual(['aborted', true]);
});

it('exports all of a long list, page by page, and holds no more than a few pages of it', async () => {
  const COUNT = LONG ? 15_000 : 8_000;
  await addEntries(COUNT);
  await log.api.sql('analyze audit_log');
  // Garbage does not count.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = () => (collect(), process.memoryUsage().heapUsed / MIB);
  const before = held();
  let [lines, bytes, most] = [0, 0, 0];
  const sent = log.agency.ask('get', '/audit.csv?action=webhook.*').buffer(true);
  await sent.parse((response, done) => {
    response.on('data', (chunk: Buffer) => {
      lines += chunk.toString('latin1').split('\r\n').length - 1;
      if (Math.floor((bytes + chunk.length) / (10 * MIB)) > Math.floor(bytes / (10 * MIB)))
        most = Math.max(most, held());
      bytes += chunk.length;
    });
    response.on('end', () => done(null, null));
  });
  const size = Math.round(bytes / MIB);
  process.stdout.write(`  ${size} MiB exported with ${Math.round(most - before)} MiB more in memory\n`);
  expect(size).toBeGreaterThan(COUNT / 400);
  expect(Math.abs(lines - COUNT - 1)).toBeLessThan(COUNT / 100);
  expect(most - before).toBeLessThan(size / 2);
});
