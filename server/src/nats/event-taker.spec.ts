import { expect, it, jest } from '@jest/globals';
import type { DomainEvents } from '../events/domain-events.js';
import { AppError } from '../lib/app-error.js';
import { EventTaker } from './event-taker.js';
import type { RejectedEvents } from './rejected-events.js';

const MESSAGE = {
  subject: 'bpoc.events.offer.sent',
  body: Buffer.from('{"type":"offer.sent"}'),
  messageId: null,
  origin: '2026-01-22T10:30:00Z/17',
  publishedAt: new Date(0),
};
const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

function taker({ publishing = null, storing = null }: { publishing?: Error | null; storing?: Error | null }) {
  const settle = async (error: Error | null) => {
    if (error) throw error;
  };
  const store = jest.fn((_message: unknown, _refusal: unknown) => settle(storing));
  const events = { publish: () => settle(publishing) } as unknown as DomainEvents;
  return { taker: new EventTaker(events, { store } as unknown as RejectedEvents), store };
}

it.each(['database_unavailable', 'intake_full'] as const)('a message comes again after %s', async (code) => {
  const { taker: it, store } = taker({ publishing: new AppError(code, 'x') });
  expect(await it.take(MESSAGE, 100)).toBe('later');
  expect(store).not.toHaveBeenCalled();
});

it('a message comes again when its refusal cannot be stored', async () => {
  const { taker: it } = taker({ publishing: new AppError('validation_failed', 'x'), storing: away });
  expect(await it.take(MESSAGE, 1)).toBe('later');
});

it('a message that fails for no known reason five times is set aside, so that it holds up no other', async () => {
  const { taker: it, store } = taker({ publishing: new TypeError('a bug') });
  expect(await it.take(MESSAGE, 4)).toBe('later');
  expect(await it.take(MESSAGE, 5)).toBe('rejected');
  expect(store).toHaveBeenCalledWith(MESSAGE, expect.objectContaining({ code: 'internal' }));
});
