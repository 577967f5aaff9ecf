import { describe, expect, it } from '@jest/globals';
import type { Answered, Failed, FailureReason } from '../../../outbound/post-result.js';
import { outcomeOf, outcomeOfOutput, type AfterFailure } from './outcome.js';
import { REASONS, type Reason } from '../../model/reasons.js';

const timing = { dnsMs: 1, connectMs: 2, tlsMs: 3, firstByteMs: 4, totalMs: 5 };
const URL = 'https://hooks.example/in';
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
  [429, 'rate_limited', 'hold'],
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
  tls_incomplete: 'retry',
  tls_outdated: 'retry',
  tls_client_certificate: 'retry',
  plain_http: 'retry',
  blocked_address: 'retry',
  bad_answer: 'retry',
  our_fault: 'again',
};

/** Only tools give them (kinds.spec.ts). */
const OF_TOOLS: Reason[] = ['message_refused', 'target_gone', 'wrong_key', 'script_error'];
/** See mail-outcome.spec.ts. */
const OF_MAILS: Reason[] = ['mail_refused', 'mail_deferred', 'mail_server', 'mail_limit', 'no_recipients'];

/** Reasons of deliveries that ended without a response; no attempt has them. */
const WITHOUT_ATTEMPT: Reason[] = ['webhook_off', 'interrupted', 'cancelled', 'webhook_deleted', 'erased'];
/** Only in deliveries of an earlier version. */
const FORMER: Reason[] = ['busy'];

describe('the outcome of an attempt', () => {
  it.each([200, 201, 202, 204, 206, 226, 299])('%i is a success', (status) => {
    expect(outcomeOf(answered(status), URL)).toEqual({
      kind: 'succeeded',
      reason: 'ok',
      answer: { status, headers: {}, body: 'text', encoding: 'utf-8', truncated: true },
      timing,
      reconnected: true,
    });
  });

  it.each(STATUSES)('%i is %s, then %s', (status, reason, after) => {
    expect(outcomeOf(answered(status), URL)).toEqual({
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
      expect(outcomeOf(notAnswered(reason), URL)).toEqual({
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

  it('is final if the address itself is forbidden', () => {
    const blocked = { ...notAnswered('blocked_address'), final: true };
    expect(outcomeOf(blocked, URL)).toMatchObject({ reason: 'blocked_address', after: 'final' });
  });

  it.each([
    [429, '120'],
    [503, '120'],
    [500, null],
    [301, null],
  ])('Retry-After of %i: %s', (status, retryAfter) => {
    expect(outcomeOf(answered(status, { 'retry-after': '120' }), URL)).toMatchObject({ retryAfter });
  });

  describe('at a script of Google Apps Script', () => {
    const SCRIPT = 'https://script.google.com/macros/s/AKfycbx-1_2/exec';
    const ECHO = 'https://script.googleusercontent.com/macros/echo?user_content_key=k';
    const kindOf = (url: string, status: number, location: string) =>
      outcomeOf(answered(status, { location }), url).kind;

    it.each([SCRIPT, `${SCRIPT}?key=1`, 'https://script.google.com/a/macros/agency.example/s/AKfycbx-1_2/exec'])(
      '%s is a success when it points to its output',
      (url) => expect(kindOf(url, 302, ECHO)).toBe('succeeded'),
    );

    it.each([
      ['a login page', SCRIPT, 302, 'https://accounts.google.com/ServiceLogin'],
      ['another status', SCRIPT, 301, ECHO],
      ['a host that only begins like it', SCRIPT, 302, 'https://script.googleusercontent.com.evil.example/'],
      ['a script in development', SCRIPT.replace('exec', 'dev'), 302, ECHO],
      ['an address behind a script', `${SCRIPT}/more`, 302, ECHO],
      ['a host that is not theirs', SCRIPT.replace('google.com', 'google.com.evil.example'), 302, ECHO],
      ['an unencrypted one', SCRIPT.replace('https', 'http'), 302, ECHO],
    ])('%s is a redirect', (_, url, status, location) => expect(kindOf(url, status, location)).toBe('failed'));
  });

  describe('at another address, of a tool that says there what came of the message', () => {
    const judge = ({ body }: { body: string }) =>
      body === 'text' ? 'delivered' : ({ reason: 'wrong_key', after: 'retry' } as const);
    const of = (output: Answered | Failed) => outcomeOfOutput(answered(302), output, URL, judge);

    it('is what the tool says there, with the times of the request and of both together', () => {
      const slow = { ...answered(200), dnsMs: 9, totalMs: 100 };
      expect(of(slow)).toMatchObject({
        kind: 'succeeded',
        answer: { status: 200 },
        timing: { dnsMs: 1, totalMs: 105 },
      });
      expect(of({ ...slow, body: 'no' })).toMatchObject({ kind: 'failed', reason: 'wrong_key', after: 'retry' });
    });

    it.each([302, 403, 404, 410, 429, 500, 503])(
      'is unknown after %i there, so the message is sent again',
      (status) => {
        const outcome = of(answered(status, { 'retry-after': '9' }));
        expect(outcome).toMatchObject({ kind: 'failed', reason: 'bad_answer', after: 'retry', answer: { status } });
      },
    );

    it.each([
      ['timeout', 'retry'],
      ['blocked_address', 'retry'],
      ['our_fault', 'again'],
    ] as const)('is unknown without an answer there because of %s', (reason, after) => {
      const detail = 'We could not read what the script said. why';
      const output = { ...notAnswered(reason), final: reason === 'blocked_address' };
      expect(of(output)).toMatchObject({ kind: 'failed', reason, after, detail });
    });
  });

  describe('a bot check', () => {
    const HTML = { 'content-type': 'text/html; charset=UTF-8' };
    const reasonOf = (status: number, headers: Record<string, string>, body: string) =>
      outcomeOf({ ...answered(status, headers), body }, URL).reason;

    it.each([
      ['a header says so', 403, { 'cf-mitigated': 'challenge' }, ''],
      ['a header says so beside another status', 503, { 'cf-mitigated': 'challenge' }, ''],
      ['its page is Cloudflare’s', 403, HTML, '<title>Just a moment...</title>'],
      ['its page has a captcha', 403, HTML, '<script src="https://captcha-delivery.example/c.js">'],
      ['its page wants a human', 403, HTML, '<h1>Verifying you are human</h1>'],
    ])('is seen when %s', (_, status, headers, body) => expect(reasonOf(status, headers, body)).toBe('bot_check'));

    it.each([
      ['an ordinary page', 403, HTML, '<h1>403 Forbidden</h1><center>nginx</center>', 'not_allowed'],
      ['an answer that is no page', 403, { 'content-type': 'application/json' }, '{"error":"captcha"}', 'not_allowed'],
      ['a page of another status', 404, HTML, 'captcha', 'not_found'],
      ['a success, whatever it shows', 200, { ...HTML, 'cf-mitigated': 'challenge' }, 'captcha', 'ok'],
    ])('is not seen in %s', (_, status, headers, body, reason) => expect(reasonOf(status, headers, body)).toBe(reason));
  });

  it('covers every reason', () => {
    const reached = new Set<Reason>(['ok', 'bot_check', ...STATUSES.map(([, reason]) => reason)]);
    for (const reason of [...WITHOUT_ATTEMPT, ...FORMER, ...OF_TOOLS, ...OF_MAILS]) reached.add(reason);
    for (const reason of Object.keys(FAILURES) as FailureReason[]) reached.add(reason);
    expect([...reached].toSorted()).toEqual([...REASONS].toSorted());
  });
});
