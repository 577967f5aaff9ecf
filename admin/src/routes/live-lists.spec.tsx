import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { act, screen, waitFor, within } from '@testing-library/react';
import { addUnseen } from '../api/live/unseen-items';
import { json, type FakeServer } from '../test/fake-server';
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
  LIVE_TIMEOUT,
  WEBHOOKS,
} from '../test/live';
import { counts, content, delivery, failedDelivery, failingWebhook, webhookDetail } from '../test/samples';
import { showApp } from '../test/show-app';
// Loaded before a test plays with time.
import '../features/webhooks/webhooks-page';

let server: FakeServer;

beforeEach(() => {
  server = beginLive();
});
afterEach(endLive);

describe('live updates of lists and numbers', () => {
  it('count what is new in a filter even if another list already has it', async () => {
    server.on(LIST, ({ search }: { search: URLSearchParams }) => {
      const rows = search.get('status') === 'failed' ? [] : [delivery({ id: OLD, status: 'retrying' })];
      return json({ data: rows, next_cursor: null });
    });
    server.on('GET /api/recruiter/deliveries/counts', { ...counts, failed: { count: 1, capped: false } });
    const { user } = showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    const stream = await connected();
    await user.click(await screen.findByRole('button', { name: /^Failed/ }));
    await screen.findByText('No deliveries match.');
    act(() => stream.say('delivery', live({ status: 'failed', reason: 'down', response_status: 503 })));
    expect(await screen.findByRole('button', { name: '1 new delivery — Show' })).toBeTruthy();
  });

  it('keep counting when more came than are kept', async () => {
    showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    await connected();
    const many = Array.from({ length: 2_345 }, (_, n) => live({ id: idAt(Date.now() + n, 'f') }));
    act(() => addUnseen(many));
    expect(await screen.findByRole('button', { name: '2,000+ new deliveries — Show' })).toBeTruthy();
    act(() => addUnseen([live({ id: idAt(Date.now() + 9_999, 'f') })]));
    expect(screen.getByRole('button', { name: '2,000+ new deliveries — Show' })).toBeTruthy();
  });

  it('update a long list in place with a few requests', async () => {
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
    const again = server
      .to(LIST)
      .slice(asked)
      .map(({ search }) => search.get('cursor'));
    expect(again.slice(0, 2)).toEqual([null, '0']);
    expect(again).toHaveLength(4);
    expect(row('test.n0')).toContain('Delivered');
  });

  it('are not undone by a page requested earlier', async () => {
    let answer: (response: Response) => void = () => undefined;
    const first = (status: 'retrying' | 'delivered') => ({ data: [delivery({ id: NEW, status })], next_cursor: 'c' });
    server.on(LIST, first('retrying'));
    const { user } = showApp(DELIVERIES);
    await screen.findByRole('link', { name: 'New application' });
    const stream = await connected();
    await waitFor(() => expect(server.to(LIST)).toHaveLength(2));
    server.on(LIST, ({ search }: { search: URLSearchParams }) =>
      search.get('cursor') ? new Promise<Response>((resolve) => (answer = resolve)) : json(first('delivered')),
    );
    await user.click(screen.getByRole('button', { name: 'Load more' }));
    act(() => stream.say('delivery', live({ id: NEW })));
    const old = delivery({ id: OLD, event: 'offer.sent', created_at: '2026-01-22T10:29:00.000Z' });
    const second = { data: [old], next_cursor: null };
    server.on(LIST, ({ search }: { search: URLSearchParams }) =>
      json(search.get('cursor') ? second : first('delivered')),
    );
    await act(async () => answer(json(second)));
    await screen.findByRole('link', { name: 'Offer sent' });
    await waitFor(() => expect(row()).toContain('Delivered'), LIVE_TIMEOUT);
  });

  it('never read a message again, because each reading is audited', async () => {
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

  it('refresh the numbers of a webhook and of its failures, debounced, and leave its rows in place', async () => {
    const ONE = 'GET /api/recruiter/webhooks/w1';
    const failing = { health: 'failing' as const, failures_in_a_row: 3, failing_since: '2026-01-22T10:00:00.000Z' };
    const recent = delivery({ id: OLD, status: 'retrying' });
    server.on(ONE, webhookDetail({ ...failing, recent_deliveries: [recent] }));
    showApp(`${WEBHOOKS}/w1`);
    await screen.findByText(/3 failed tries in a row/);
    const stream = await connected();
    await waitFor(() => expect(server.to(ONE).length).toBeGreaterThan(1));
    const newer = delivery({ id: NEW, event: 'offer.sent' });
    server.on(ONE, webhookDetail({ ...failing, failures_in_a_row: 4, recent_deliveries: [newer, recent] }));
    const [asked, groups] = [server.to(ONE).length, server.to('GET /api/recruiter/problems').length];
    for (const id of [NEW, NEWER]) act(() => stream.say('delivery', live({ id, status: 'failed', reason: 'down' })));
    expect(await screen.findByText(/4 failed tries in a row/, {}, LIVE_TIMEOUT)).toBeTruthy();
    expect(server.to(ONE)).toHaveLength(asked + 1);
    expect(server.to('GET /api/recruiter/problems').length).toBeGreaterThan(groups);
    expect(screen.queryByRole('link', { name: 'Offer sent' })).toBeNull();
    expect(screen.getByRole('button', { name: '2 new deliveries — Show' })).toBeTruthy();
  });

  it('replace polling', async () => {
    server.on('GET /api/recruiter/webhooks', { data: [failingWebhook], next_cursor: null });
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    showApp(WEBHOOKS);
    for (let n = 0; n < 5; n++) await act(() => jest.advanceTimersByTimeAsync(100));
    expect(screen.getByText('1 of 1 webhook needs you')).toBeTruthy();
    act(() => FakeStream.open[0]!.connect());
    await act(() => jest.advanceTimersByTimeAsync(5_000));
    const asked = server.to('GET /api/recruiter/problems').length;
    for (let n = 0; n < 6; n++) {
      act(() => FakeStream.open[0]!.heartbeat());
      await act(() => jest.advanceTimersByTimeAsync(16_000));
    }
    expect(server.to('GET /api/recruiter/problems')).toHaveLength(asked);
  });
});
