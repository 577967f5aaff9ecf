import { describe, expect, it } from '@jest/globals';
import type { Answered, Failed, FailureReason } from '../../outbound/post-result.js';
import { outcomeOf, REASONS, type AfterFailure, type Reason } from './outcome.js';

const timing = { dnsMs: 1, connectMs: 2, tlsMs: 3, firstByteMs: 4, totalMs: 5 };
const answered = (status: number, headers: Record<string, string> = {}): Answered => ({
  kind: 'answered',
  status,
  headers,
  body: 'text',
  encoding: 'utf-8',
  truncated: true,
  reconnected: true,
  ...timing,
});
const notAnswered = (reason: FailureReason): Failed => ({
  kind: 'failed',
  reason,
  detail: 'why',
  reconnected: false,
  ...timing,
});

const STATUSES: [number, Reason, AfterFailure][] = [
  [101, 'bad_answer', 'retry'],
  [300, 'redirect', 'retry'],
  [301, 'redirect', 'retry'],
  [302, 'redirect', 'retry'],
  [304, 'redirect', 'retry'],
  [308, 'redirect', 'retry'],
  [400, 'bad_request', 'retry'],
  [401, 'not_allowed', 'retry'],
  [402, 'rejected', 'retry'],
  [403, 'not_allowed', 'retry'],
  [404, 'not_found', 'retry'],
  [405, 'method', 'retry'],
  [406, 'rejected', 'retry'],
  [408, 'rejected', 'retry'],
  [409, 'rejected', 'retry'],
  [410, 'gone', 'switch_off'],
  [411, 'rejected', 'retry'],
  [413, 'too_large', 'retry'],
  [415, 'wrong_type', 'retry'],
  [418, 'rejected', 'retry'],
  [422, 'bad_request', 'retry'],
  [429, 'busy', 'retry'],
  [451, 'rejected', 'retry'],
  [499, 'rejected', 'retry'],
  [500, 'server_error', 'retry'],
  [501, 'server_error', 'retry'],
  [502, 'bad_gateway', 'retry'],
  [503, 'down', 'retry'],
  [504, 'bad_gateway', 'retry'],
  [505, 'server_error', 'retry'],
  [599, 'server_error', 'retry'],
];

/** Every reason of the client, or this does not compile. */
const FAILURES: Record<FailureReason, AfterFailure> = {
  timeout: 'retry',
  dns: 'retry',
  dns_unavailable: 'retry',
  unreachable: 'retry',
  refused: 'retry',
  reset: 'retry',
  tls_expired: 'retry',
  tls_invalid: 'retry',
  blocked_address: 'retry',
  bad_answer: 'retry',
  our_fault: 'again',
};

/** Of deliveries that ended otherwise than by an answer: no attempt comes to these. */
const WITHOUT_ATTEMPT: Reason[] = ['webhook_off', 'interrupted', 'cancelled', 'webhook_deleted', 'erased'];

describe('what an attempt came to', () => {
  it.each([200, 201, 202, 204, 206, 226, 299])('%i is a success', (status) => {
    expect(outcomeOf(answered(status))).toEqual({
      kind: 'succeeded',
      reason: 'ok',
      answer: { status, headers: {}, body: 'text', encoding: 'utf-8', truncated: true },
      timing,
      reconnected: true,
    });
  });

  it.each(STATUSES)('%i is %s, then %s', (status, reason, after) => {
    expect(outcomeOf(answered(status))).toEqual({
      kind: 'failed',
      reason,
      after,
      detail: null,
      retryAfter: null,
      answer: { status, headers: {}, body: 'text', encoding: 'utf-8', truncated: true },
      timing,
      reconnected: true,
    });
  });

  it.each(Object.entries(FAILURES) as [FailureReason, AfterFailure][])(
    'without an answer because of %s, then %s',
    (reason, after) => {
      expect(outcomeOf(notAnswered(reason))).toEqual({
        kind: 'failed',
        reason,
        after,
        detail: 'why',
        retryAfter: null,
        answer: null,
        timing,
        reconnected: false,
      });
    },
  );

  it('is final where the address itself is forbidden', () => {
    const blocked = { ...notAnswered('blocked_address'), final: true };
    expect(outcomeOf(blocked)).toMatchObject({ reason: 'blocked_address', after: 'final' });
  });

  it.each([
    [429, '120'],
    [503, '120'],
    [500, null],
    [301, null],
  ])('Retry-After of %i: %s', (status, retryAfter) => {
    expect(outcomeOf(answered(status, { 'retry-after': '120' }))).toMatchObject({ retryAfter });
  });

  it('has every reason there is', () => {
    const reached = new Set<Reason>(['ok', ...STATUSES.map(([, reason]) => reason), ...WITHOUT_ATTEMPT]);
    for (const reason of Object.keys(FAILURES) as FailureReason[]) reached.add(reason);
    expect([...reached].toSorted()).toEqual([...REASONS].toSorted());
  });
});
