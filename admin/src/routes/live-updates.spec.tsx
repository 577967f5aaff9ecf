import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { act, screen, waitFor, within } from '@testing-library/react';
import { arrive } from '../api/live/arrivals';
import { setPaused } from '../api/live/live-state';
import type { LiveDelivery } from '../api/live/messages';
import { accessibilityProblems } from '../test/accessibility';
import { FakeServer, json, owner } from '../test/fake-server';
import { FakeStream } from '../test/fake-stream';
import {
  catalogue,
  content,
  counts,
  delivery,
  failedDelivery,
  failingWebhook,
  failureGroups,
  recovery,
  webhook,
  webhookDetail,
} from '../test/samples';
import { showApp } from '../test/show-app';

const DELIVERIES = '/recruiter/api/deliveries';
const WEBHOOKS = '/recruiter/api/webhooks';
const LIST = 'GET /api/recruiter/deliveries';

/** Ids rise with time: `b` is newer than `a`. */
const OLD = '019be54f-0040-7000-8000-00000000000a';
const NEW = '019be54f-0041-7000-8000-00000000000b';
const NEWER = '019be54f-0042-7000-8000-00000000000c';

let server: FakeServer;

beforeEach(() => {
  FakeStream.install();
  server = new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on('GET /api/recruiter/failure-groups', failureGroups())
    .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null })
    .on('GET /api/recruiter/deliveries/counts', counts)
    .on(LIST, { data: [delivery({ id: OLD, status: 'retrying', response_status: 503 })], next_cursor: null });
});
afterEach(() => {
  jest.useRealTimers();
  FakeStream.uninstall();
  setPaused(false);
});

const live = (more: Partial<LiveDelivery> = {}): LiveDelivery => ({
  id: OLD,
  webhook_id: 'w1',
  event: 'application.created',
  status: 'delivered',
  response_status: 200,
  reason: 'ok',
  attempts: 2,
  next_attempt_at: null,
  duration_ms: 77,
  test: false,
  ...more,
});

async function connected(): Promise<FakeStream> {
  await waitFor(() => expect(FakeStream.open).toHaveLength(1));
  const stream = FakeStream.open[0]!;
  act(() => stream.connect());
  return stream;
}

const row = (name = 'New application') => screen.getByRole('link', { name }).closest('[role=row]')?.textContent;

/** An id of a delivery that began then. */
const idAt = (time: number, end: string) =>
  `${time.toString(16).padStart(12, '0').replace(/^.{8}/, '$&-')}-7000-8000-00000000000${end}`;

describe('live updates', () => {
  it('change the row that is on screen, in its place, without asking again', async () => {
    showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    expect(row()).toContain('Retrying');
    const stream = await connected();
    await waitFor(() => expect(server.to(LIST)).toHaveLength(2));
    act(() => stream.say('delivery', live()));
    await waitFor(() => expect(row()).toContain('Delivered'));
    expect(row()).toContain('77 ms');
    expect(server.to(LIST)).toHaveLength(2);
  });

  it('never put a row under the reader: they count what is new, by the list’s own filter', async () => {
    const { user } = showApp(`${DELIVERIES}?status=failed`);
    await screen.findByRole('link', { name: 'New application' });
    const stream = await connected();
    act(() => stream.say('delivery', live({ id: NEW })));
    act(() => stream.say('delivery', live({ id: NEWER, status: 'failed', reason: 'down', response_status: 503 })));
    const pill = await screen.findByRole('button', { name: '1 new delivery — Show' });
    expect(screen.getAllByRole('link', { name: 'New application' })).toHaveLength(1);
    expect(await accessibilityProblems()).toEqual([]);
    server.on(LIST, { data: [delivery({ id: NEWER, status: 'failed' }), delivery({ id: OLD })], next_cursor: null });
    await user.click(pill);
    await waitFor(() => expect(screen.getAllByRole('link', { name: 'New application' })).toHaveLength(2));
    expect(screen.queryByRole('button', { name: /Show$/ })).toBeNull();
  });

  it('stand still at L, and catch up when they go on', async () => {
    const { user } = showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    const stream = await connected();
    await screen.findByRole('button', { name: 'Live', pressed: true });
    await user.keyboard('l');
    await screen.findByRole('button', { name: 'Paused', pressed: false });
    act(() => stream.say('delivery', live()));
    expect(row()).toContain('Retrying');
    const asked = server.to(LIST).length;
    server.on(LIST, { data: [delivery({ id: OLD })], next_cursor: null });
    await user.keyboard('l');
    await waitFor(() => expect(row()).toContain('Delivered'));
    expect(server.to(LIST)).toHaveLength(asked + 1);
  });

  it('ask for everything again when the server says that it left something out', async () => {
    showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    const stream = await connected();
    await waitFor(() => expect(server.to(LIST)).toHaveLength(2));
    server.on(LIST, { data: [delivery({ id: OLD })], next_cursor: null });
    act(() => stream.say('reset', {}));
    await waitFor(() => expect(row()).toContain('Delivered'));
  });

  it('change the health of a webhook where it is shown', async () => {
    showApp(WEBHOOKS);
    await screen.findByText('Healthy');
    const stream = await connected();
    await waitFor(() => expect(server.to('GET /api/recruiter/webhooks').length).toBeGreaterThan(1));
    const change = { health: 'failing', failures_in_a_row: 6, is_active: true, paused_until: null, off_reason: null };
    act(() => stream.say('webhook', { id: 'w1', ...change } as never));
    await screen.findByText('Failing');
    expect(screen.getAllByText('6 failures in a row').length).toBeGreaterThan(0);
  });

  it('reach the open delivery and the recent ones of a webhook', async () => {
    const retrying = { id: OLD, status: 'retrying' as const };
    server
      .on('GET /api/recruiter/webhooks/w1', webhookDetail({ recent_deliveries: [delivery(retrying)] }))
      .on(`GET /api/recruiter/deliveries/${OLD}`, failedDelivery(retrying));
    showApp(`${WEBHOOKS}/w1?delivery=${OLD}`);
    await screen.findByRole('dialog');
    const stream = await connected();
    server
      .on('GET /api/recruiter/webhooks/w1', webhookDetail({ recent_deliveries: [delivery({ id: OLD })] }))
      .on(`GET /api/recruiter/deliveries/${OLD}`, failedDelivery({ id: OLD, status: 'delivered' }));
    act(() => stream.say('delivery', live()));
    await waitFor(() => expect(screen.queryAllByText('Retrying')).toHaveLength(0));
    expect(screen.getAllByText('Delivered').length).toBeGreaterThan(1);
    act(() => stream.say('delivery', live({ id: NEW })));
    expect(await screen.findByRole('button', { name: '1 new delivery — Show', hidden: true })).toBeTruthy();
  });

  it('show a bulk resend that somebody else started', async () => {
    server.on('GET /api/recruiter/recoveries/r1', () => json(recovery({ resent: 33 })));
    showApp(DELIVERIES);
    const stream = await connected();
    await waitFor(() => expect(server.to('GET /api/recruiter/recoveries')).toHaveLength(2));
    act(() => stream.say('recovery', recovery({ resent: 33 })));
    expect((await screen.findByRole('region', { name: 'Resending' })).textContent).toContain('33 of 42');
  });

  it('say when the line is cut, ask by themselves meanwhile, and catch up when it is back', async () => {
    showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    const stream = await connected();
    await waitFor(() => expect(server.to(LIST)).toHaveLength(2));
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    act(() => stream.cut());
    await act(() => jest.advanceTimersByTimeAsync(9_000));
    expect(screen.queryByText('Live updates paused. Reconnecting…')).toBeNull();
    await act(() => jest.advanceTimersByTimeAsync(2_000));
    expect(screen.getByText('Live updates paused. Reconnecting…')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Reconnecting…' })).toBeTruthy();
    const asked = server.to(LIST).length;
    await act(() => jest.advanceTimersByTimeAsync(21_000));
    expect(server.to(LIST).length).toBeGreaterThan(asked + 1);
    server.on(LIST, { data: [delivery({ id: OLD })], next_cursor: null });
    act(() => FakeStream.open[0]!.connect());
    await act(() => jest.advanceTimersByTimeAsync(100));
    expect(screen.queryByText('Live updates paused. Reconnecting…')).toBeNull();
    expect(row()).toContain('Delivered');
  });

  it('open the line again after a refusal, and after a silence', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    showApp(WEBHOOKS);
    await act(() => jest.advanceTimersByTimeAsync(100));
    await act(() => jest.advanceTimersByTimeAsync(100));
    expect(FakeStream.opened).toHaveLength(1);
    act(() => FakeStream.opened[0]!.refuse());
    await act(() => jest.advanceTimersByTimeAsync(16_000));
    expect(FakeStream.opened).toHaveLength(2);
    act(() => FakeStream.opened[1]!.connect());
    await act(() => jest.advanceTimersByTimeAsync(30_000));
    act(() => FakeStream.opened[1]!.heartbeat());
    await act(() => jest.advanceTimersByTimeAsync(30_000));
    expect(FakeStream.opened).toHaveLength(2);
    await act(() => jest.advanceTimersByTimeAsync(15_000));
    expect(FakeStream.opened).toHaveLength(3);
    expect(FakeStream.open).toHaveLength(1);
  });

  it('let go of the line in a tab that nobody looks at, and take it up again with what changed', async () => {
    showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    await connected();
    await waitFor(() => expect(server.to(LIST)).toHaveLength(2));
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    lookAway(true);
    await act(() => jest.advanceTimersByTimeAsync(299_000));
    expect(FakeStream.open).toHaveLength(1);
    await act(() => jest.advanceTimersByTimeAsync(2_000));
    expect(FakeStream.open).toHaveLength(0);
    lookAway(false);
    server.on(LIST, { data: [delivery({ id: OLD })], next_cursor: null });
    act(() => FakeStream.open[0]!.connect());
    await act(() => jest.advanceTimersByTimeAsync(100));
    expect(row()).toContain('Delivered');
  });

  it('are told to a screen reader at most every 10 seconds, all in one, without retries of older ones', async () => {
    showApp(WEBHOOKS);
    const stream = await connected();
    await screen.findByRole('listitem');
    act(() => stream.say('delivery', live({ id: idAt(Date.now(), 'a'), status: 'failed' })));
    act(() => stream.say('delivery', live({ id: idAt(Date.now(), 'b') })));
    act(() => stream.say('delivery', live({ id: OLD, status: 'failed' })));
    expect(screen.queryByText('2 new deliveries, 1 failed')).toBeNull();
    expect(await screen.findByText('2 new deliveries, 1 failed', {}, { timeout: 12_000 })).toBeTruthy();
  });

  it('count what comes into a filter, though another list knows it already', async () => {
    server.on(LIST, ({ search }: { search: URLSearchParams }) => {
      const rows = search.get('status') === 'failed' ? [] : [delivery({ id: OLD, status: 'retrying' })];
      return json({ data: rows, next_cursor: null });
    });
    const { user } = showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    const stream = await connected();
    await user.click(screen.getByRole('button', { name: /^Failed/ }));
    await screen.findByText('No deliveries match.');
    act(() => stream.say('delivery', live({ status: 'failed', reason: 'down', response_status: 503 })));
    expect(await screen.findByRole('button', { name: '1 new delivery — Show' })).toBeTruthy();
  });

  it('count on when more came than are kept', async () => {
    showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    await connected();
    const many = Array.from({ length: 2_345 }, (_, n) => live({ id: idAt(Date.now() + n, 'f') }));
    act(() => arrive(many));
    expect(await screen.findByRole('button', { name: '2,000+ new deliveries — Show' })).toBeTruthy();
    act(() => arrive([live({ id: idAt(Date.now() + 9_999, 'f') })]));
    expect(screen.getByRole('button', { name: '2,000+ new deliveries — Show' })).toBeTruthy();
  });

  it('bring a long list up to date in its place, with a few requests', async () => {
    const rowAt = (n: number) => delivery({ id: idAt(2e12 - n, 'e'), created_at: new Date(2e12 - n).toISOString() });
    let newest = 0;
    server.on(LIST, ({ search }: { search: URLSearchParams }) => {
      const n = Number(search.get('cursor') ?? newest);
      const status = newest < 0 ? 'delivered' : 'retrying';
      return json({ data: [{ ...rowAt(n), status, event: `test.n${n}` }], next_cursor: n < 6 ? String(n + 1) : null });
    });
    const { user } = showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'test.n0' });
    const stream = await connected();
    await user.click(screen.getByRole('button', { name: 'Load more' }));
    await screen.findByRole('link', { name: 'test.n6' });
    newest = -1;
    const links = () => screen.getAllByRole('link', { name: /^test\./ }).map((link) => link.textContent);
    const asked = server.to(LIST).length;
    act(() => stream.say('reset', {}));
    expect(await screen.findByRole('button', { name: '1 new delivery — Show' })).toBeTruthy();
    expect(links()[0]).toBe('test.n0');
    const again = server.to(LIST).slice(asked).map(({ search }) => search.get('cursor'));
    expect(again.slice(0, 2)).toEqual([null, '0']);
    expect(again).toHaveLength(4);
    expect(row('test.n0')).toContain('Delivered');
  });

  it('never read a message again: each reading is a line in the audit log', async () => {
    const CONTENT = `GET /api/recruiter/deliveries/${OLD}/content`;
    const RESEND = `POST /api/recruiter/deliveries/${OLD}/resend`;
    server
      .on(`GET /api/recruiter/deliveries/${OLD}`, failedDelivery({ id: OLD }))
      .on(CONTENT, content)
      .on(RESEND, () => json(delivery({ id: OLD, status: 'waiting' }), 202));
    const { user } = showApp(`${DELIVERIES}?delivery=${OLD}`);
    const drawer = within(await screen.findByRole('dialog'));
    await user.click(await drawer.findByRole('tab', { name: 'Sent' }));
    await drawer.findByText('"A-1042"');
    const stream = await connected();
    await user.click(drawer.getByRole('button', { name: 'Resend' }));
    await waitFor(() => expect(server.to(RESEND)).toHaveLength(1));
    const asked = server.to(`GET /api/recruiter/deliveries/${OLD}`).length;
    act(() => stream.say('reset', {}));
    await waitFor(() => expect(server.to(`GET /api/recruiter/deliveries/${OLD}`).length).toBeGreaterThan(asked));
    expect(server.to(CONTENT)).toHaveLength(1);
  });

  it('refresh the numbers of a webhook and of its failures, in a moment and once, and leave its rows where they are', async () => {
    const ONE = 'GET /api/recruiter/webhooks/w1';
    const failing = { health: 'failing' as const, failures_in_a_row: 3, failing_since: '2026-01-22T10:00:00.000Z' };
    const recent = delivery({ id: OLD, status: 'retrying' });
    server.on(ONE, webhookDetail({ ...failing, recent_deliveries: [recent] }));
    showApp(`${WEBHOOKS}/w1`);
    await screen.findByText(/3 failures in a row/);
    const stream = await connected();
    await waitFor(() => expect(server.to(ONE).length).toBeGreaterThan(1));
    const newer = delivery({ id: NEW, event: 'offer.sent' });
    server.on(ONE, webhookDetail({ ...failing, failures_in_a_row: 4, recent_deliveries: [newer, recent] }));
    const [asked, groups] = [server.to(ONE).length, server.to('GET /api/recruiter/failure-groups').length];
    for (const id of [NEW, NEWER]) act(() => stream.say('delivery', live({ id, status: 'failed', reason: 'down' })));
    expect(await screen.findByText(/4 failures in a row/)).toBeTruthy();
    expect(server.to(ONE)).toHaveLength(asked + 1);
    expect(server.to('GET /api/recruiter/failure-groups')).toHaveLength(groups + 1);
    expect(screen.queryByRole('link', { name: 'Offer sent' })).toBeNull();
    expect(screen.getByRole('button', { name: '2 new deliveries — Show' })).toBeTruthy();
  });

  it('take the place of asking from time to time', async () => {
    server.on('GET /api/recruiter/webhooks', { data: [failingWebhook], next_cursor: null });
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    showApp(WEBHOOKS);
    for (let n = 0; n < 5; n++) await act(() => jest.advanceTimersByTimeAsync(100));
    expect(screen.getByText('Needs attention')).toBeTruthy();
    act(() => FakeStream.open[0]!.connect());
    await act(() => jest.advanceTimersByTimeAsync(5_000));
    const asked = server.to('GET /api/recruiter/failure-groups').length;
    for (let n = 0; n < 6; n++) {
      act(() => FakeStream.open[0]!.heartbeat());
      await act(() => jest.advanceTimersByTimeAsync(15_000));
    }
    expect(server.to('GET /api/recruiter/failure-groups')).toHaveLength(asked);
  });
});

function lookAway(away: boolean): void {
  Object.defineProperty(document, 'hidden', { value: away, configurable: true });
  act(() => {
    document.dispatchEvent(new Event('visibilitychange'));
  });
}
