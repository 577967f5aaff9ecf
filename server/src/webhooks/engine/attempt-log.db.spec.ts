import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type Agency, apiPerFile } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { receiverPerFile } from '../../../test/receiver.js';
import { NestLog } from '../../config/logger.js';
import { AttemptLog } from './attempt-log.js';
import type { AttemptRecord } from './queue/attempt-record.js';
import type { SettleRow } from './queue/settle-sql.js';
import { DomainEvents } from '../../events/domain-events.js';
import { exampleData, findEvent } from '../../events/catalogue/catalogue.js';

/* The log line of each attempt, and the trace of the publisher in it and in requests. */

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

type Line = Record<string, unknown>;

// A retry comes after 0.6 s.
const api = apiPerFile({ LOG_LEVEL: 'debug', DELAY_SCALE: '0.01' });
let agency: Agency;
const receiver = receiverPerFile(({ path }, count) => ({ status: path === '/once' && count === 1 ? 503 : 200 }));
const lines: Line[] = [];

beforeAll(async () => {
  const write = (text: string) => void lines.push(JSON.parse(text) as Line);
  Logger.overrideLogger(new NestLog(pino({ level: 'debug' }, { write })));
  agency = await api.addAgency();
});
afterAll(async () => {
  Logger.overrideLogger(false);
});

const addWebhook = async (path: string, more: object = {}): Promise<string> => {
  const asked = { url: `${receiver.url}${path}`, events: ['offer.sent'], ...more };
  return String((await agency.ask('post', '/webhooks', asked)).body.id);
};
const publish = (traceparent?: string) => {
  const data = exampleData(findEvent('offer.sent')!);
  const event = { type: 'offer.sent', agencyId: agency.id, data, ...(traceparent && { traceparent }) };
  return api.app.get(DomainEvents).publish(event);
};
const attemptsOf = (webhookId: string) => lines.filter((line) => line['webhook_id'] === webhookId);

it('the line of a group names it', () => {
  const delivery = { webhookId: 'grouped', group: { id: 'g', members: [] } };
  const record = { delivery, outcome: { kind: 'failed', reason: 'down', timing: { totalMs: 1 } } };
  const row = { state: 'retrying' } as SettleRow;
  new AttemptLog('info').log(record as unknown as AttemptRecord, row);
  expect(attemptsOf('grouped')).toMatchObject([{ group_id: 'g', state: 'retrying' }]);
});

it('failures are lines at info, successes at debug; the trace is in both, and sent where it is wanted', async () => {
  const webhookId = await addWebhook('/once', { traceparent: true });
  const { id: eventId } = await publish(TRACE);
  await eventually(() => expect(attemptsOf(webhookId)).toHaveLength(2));
  const common = {
    context: 'Attempts',
    agency_id: agency.id,
    event_id: eventId,
    event: 'offer.sent',
    traceparent: TRACE,
  };
  expect(attemptsOf(webhookId)).toMatchObject([
    { ...common, level: 30, msg: 'attempt failed', attempt: 1, reason: 'down', status: 503, state: 'retrying' },
    { ...common, level: 20, msg: 'attempt', attempt: 2, reason: 'ok', status: 200, state: 'delivered' },
  ]);
  expect(JSON.stringify(lines)).not.toContain(receiver.url);
  // The retry was claimed from the database.
  expect(receiver.requests.map(({ headers }) => headers['traceparent'])).toEqual([TRACE, TRACE]);
  const { body } = await agency.ask('get', `/deliveries?webhook_id=${webhookId}`);
  const { body: content } = await agency.ask('get', `/deliveries/${body.data[0].id}/content`);
  const described = content.attempts.map(
    ({ request_headers }: { request_headers: Line }) => request_headers['traceparent'],
  );
  expect(described).toEqual([TRACE, TRACE]);

  await agency.ask('patch', `/webhooks/${webhookId}`, { traceparent: false });
  await publish(TRACE);
  await publish('00-not-a-trace');
  await eventually(() => expect(attemptsOf(webhookId)).toHaveLength(4));
  expect(receiver.requests.slice(2).map(({ headers }) => headers['traceparent'])).toEqual([undefined, undefined]);
  expect(
    attemptsOf(webhookId)
      .slice(2)
      .map((line) => line['traceparent']),
  ).toEqual(expect.arrayContaining([TRACE, undefined]));
});
