import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from '@jest/globals';
import { testAppPerFile } from '../../test/app.js';
import { AppError } from '../lib/app-error.js';
import { RejectedEvents } from '../nats/rejected-events.js';
import { acceptEvents, dropEvents, listRejected, showRejected } from './rejected-events.js';

/* npm run events */

const test = testAppPerFile({ ROLE: 'api' });
let events: RejectedEvents;
let agencyId: string;
const late = randomUUID();

beforeAll(async () => {
  events = test.app.get(RejectedEvents);
  agencyId = await test.addAgency();
});

const data = { offerId: 'o', applicationId: 'a', candidateId: 'c', sentAt: '2026-01-22T10:30:00Z' };

/** Stores it as a consumer does; returns its id. */
async function reject(body: unknown, messageId: string): Promise<string> {
  const message = {
    subject: 'bpoc.events.offer.sent',
    body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
    messageId,
    origin: `2026-01-22T10:30:00Z/${messageId}`,
    publishedAt: new Date('2026-01-22T10:30:00Z'),
  };
  // Twice, as after a crash between commit and acknowledgement.
  for (let n = 0; n < 2; n++)
    await test.app.get(RejectedEvents).store(message, new AppError('validation_failed', `${messageId} is wrong.`));
  const [row] = await test.sql<{ id: string }>('select id from rejected_events where message_id = $1', [messageId]);
  return row!.id;
}
const left = () => test.sql<{ message_id: string }>('select message_id from rejected_events order by 1');

it('lists nothing, and then each with agency, key and reason, and shows its message', async () => {
  expect(await listRejected(events)).toEqual(['Every event from NATS was accepted.']);
  const known = await reject({ type: 'offer.sent', agencyId, data: {} }, 'k-1');
  const bytes = await reject(Buffer.from([0xff]), 'k-2');
  expect(await listRejected(events)).toEqual([
    expect.stringMatching(`^${bytes}  20.* bpoc\\.events\\.offer\\.sent  no known agency; k-2: k-2 is wrong\\.$`),
    expect.stringMatching(`^${known}  20.*  agency ${agencyId}; k-1: k-1 is wrong\\.$`),
  ]);
  expect((await showRejected(events, known)).at(-1)).toBe(JSON.stringify({ type: 'offer.sent', agencyId, data: {} }));
  expect((await showRejected(events, bytes.toUpperCase())).at(-1)).toBe('base64: /w==');
});

it('accepts all that are acceptable by now, once, and says why the others are not', async () => {
  await reject({ type: 'offer.sent', agencyId: late, data }, 'k-3');
  await test.sql(`insert into agencies (id, name) values ($1, 'Late')`, [late]);
  await expect(acceptEvents(events, ['all'])).rejects.toThrow(/^1 accepted\.\n2 refused:\n.*catalogue.*\n.*UTF-8/);
  expect(await left()).toEqual([{ message_id: 'k-1' }, { message_id: 'k-2' }]);
  const stored = await test.sql('select agency_id, occurred_at from webhook_events');
  expect(stored).toEqual([{ agency_id: late, occurred_at: new Date('2026-01-22T10:30:00Z') }]);
  // The key is used: the same message once more is no second event.
  const again = await reject({ type: 'offer.sent', agencyId: late, data }, 'k-3');
  expect(await acceptEvents(events, [again])).toEqual(['1 accepted.']);
  expect(await test.sql('select from webhook_events')).toHaveLength(1);
});

it('drops by id', async () => {
  const [row] = await test.sql<{ id: string }>(`select id from rejected_events where message_id = 'k-1'`);
  expect(await dropEvents(events, [row!.id])).toEqual(['1 dropped.']);
  for (const id of [row!.id, 'x']) await expect(dropEvents(events, [id])).rejects.toThrow(`There is no event "${id}"`);
  expect(await left()).toEqual([{ message_id: 'k-2' }]);
});
