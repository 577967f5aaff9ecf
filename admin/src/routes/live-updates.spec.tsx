import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { act, screen, waitFor } from '@testing-library/react';
import { accessibilityProblems } from '../test/accessibility';
import { json, problem, type FakeServer } from '../test/fake-server';
import { FakeStream } from '../test/fake-stream';
import {
  beginLive,
  connected,
  DELIVERIES,
  endLive,
  idAt,
  LIST,
  live,
  NEW,
  NEWER,
  OLD,
  row,
  WEBHOOKS,
} from '../test/live';
import { delivery, failedDelivery, recovery, webhookDetail } from '../test/samples';
import { showApp } from '../test/show-app';

/** The text about a dead connection. */
const CUT = 'Live updates paused. Reconnecting…';

let server: FakeServer;

beforeEach(() => {
  server = beginLive();
});
afterEach(endLive);

describe('live updates', () => {
  it('change the row on screen in place, without a request', async () => {
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

  it('never insert rows while reading: they count what is new, by the list’s own filter', async () => {
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

  it('pause with L, and catch up when they continue', async () => {
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

  it('refetch everything when the server says that it left something out', async () => {
    showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    const stream = await connected();
    await waitFor(() => expect(server.to(LIST)).toHaveLength(2));
    server.on(LIST, { data: [delivery({ id: OLD })], next_cursor: null });
    act(() => stream.say('reset', {}));
    await waitFor(() => expect(row()).toContain('Delivered'));
  });

  it('change the health of a webhook where it is shown', async () => {
    const { user } = showApp(WEBHOOKS);
    await screen.findByText('Healthy');
    const stream = await connected();
    await waitFor(() => expect(server.to('GET /api/recruiter/webhooks').length).toBeGreaterThan(1));
    const change = {
      health: 'failing',
      failures_in_a_row: 6,
      is_active: true,
      paused_until: null,
      held_until: null,
      off_reason: null,
    };
    act(() => stream.say('webhook', { id: 'w1', ...change } as never));
    await screen.findByText('Failing');
    await user.click(screen.getByRole('button', { name: /^More about / }));
    expect(await screen.findByText(/6 failed tries in a row/)).toBeTruthy();
  });

  it('do not make a list current that could not be refreshed', async () => {
    const asked = () => server.to('GET /api/recruiter/webhooks').length;
    showApp(WEBHOOKS);
    await screen.findByText('Healthy');
    const stream = await connected();
    await waitFor(() => expect(asked()).toBeGreaterThan(1));
    server.on('GET /api/recruiter/webhooks', () => problem(500, 'internal'));
    act(() => stream.say('reset', {}));
    await screen.findByText(/We could not refresh this list/);
    const change = {
      health: 'failing',
      failures_in_a_row: 6,
      is_active: true,
      paused_until: null,
      held_until: null,
      off_reason: null,
    };
    act(() => stream.say('webhook', { id: 'w1', ...change } as never));
    await screen.findByText('Failing');
    expect(screen.getByText(/We could not refresh this list/)).toBeTruthy();
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

  it('show a bulk resend that another person started', async () => {
    server.on('GET /api/recruiter/recoveries/r1', () => json(recovery({ resent: 33 })));
    showApp(DELIVERIES);
    const stream = await connected();
    await waitFor(() => expect(server.to('GET /api/recruiter/recoveries')).toHaveLength(2));
    act(() => stream.say('recovery', recovery({ resent: 33 })));
    expect((await screen.findByRole('region', { name: 'Resending' })).textContent).toContain('33 of 42');
  });

  it('show a lost connection, poll until it is back, and then catch up', async () => {
    showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    const stream = await connected();
    await waitFor(() => expect(server.to(LIST)).toHaveLength(2));
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    act(() => stream.cut());
    await act(() => jest.advanceTimersByTimeAsync(900));
    expect(screen.queryByText(CUT)).toBeNull();
    await act(() => jest.advanceTimersByTimeAsync(1_000));
    expect(screen.getByText(CUT)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Reconnecting…' })).toBeTruthy();
    const asked = server.to(LIST).length;
    await act(() => jest.advanceTimersByTimeAsync(21_000));
    expect(server.to(LIST).length).toBeGreaterThan(asked + 1);
    server.on(LIST, { data: [delivery({ id: OLD })], next_cursor: null });
    act(() => FakeStream.open[0]!.connect());
    await act(() => jest.advanceTimersByTimeAsync(100));
    expect(screen.queryByText(CUT)).toBeNull();
    expect(row()).toContain('Delivered');
  });

  it('reopen the stream after a refusal and after a silence', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    showApp(WEBHOOKS);
    await act(() => jest.advanceTimersByTimeAsync(100));
    await act(() => jest.advanceTimersByTimeAsync(100));
    expect(FakeStream.opened).toHaveLength(1);
    act(() => FakeStream.opened[0]!.refuse());
    await act(() => jest.advanceTimersByTimeAsync(16_000));
    expect(FakeStream.opened).toHaveLength(2);
    act(() => FakeStream.opened[1]!.connect());
    // One heartbeat is late, or lost.
    await act(() => jest.advanceTimersByTimeAsync(17_000));
    act(() => FakeStream.opened[1]!.heartbeat());
    await act(() => jest.advanceTimersByTimeAsync(17_000));
    expect(FakeStream.opened).toHaveLength(2);
    expect(screen.queryByText(CUT)).toBeNull();
    // Within 20 s of the last message this is shown, and the stream is reopened.
    await act(() => jest.advanceTimersByTimeAsync(2_500));
    expect(FakeStream.opened).toHaveLength(3);
    expect(FakeStream.open).toHaveLength(1);
    expect(screen.getByText(CUT)).toBeTruthy();
  });

  it('close the stream in a hidden tab, and reopen it later with what changed', async () => {
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

  it('are announced to a screen reader at most every 10 seconds, grouped, without retries of older ones', async () => {
    showApp(WEBHOOKS);
    const stream = await connected();
    await screen.findByRole('listitem');
    act(() => stream.say('delivery', live({ id: idAt(Date.now(), 'a'), status: 'failed' })));
    act(() => stream.say('delivery', live({ id: idAt(Date.now(), 'b') })));
    act(() => stream.say('delivery', live({ id: OLD, status: 'failed' })));
    expect(screen.queryByText('2 new deliveries, 1 failed')).toBeNull();
    expect(await screen.findByText('2 new deliveries, 1 failed', {}, { timeout: 12_000 })).toBeTruthy();
  });
});

function lookAway(away: boolean): void {
  Object.defineProperty(document, 'hidden', { value: away, configurable: true });
  act(() => {
    document.dispatchEvent(new Event('visibilitychange'));
  });
}
