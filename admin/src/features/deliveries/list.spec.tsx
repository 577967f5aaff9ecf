import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { agencyServer } from '../../test/agency-server';
import { type FakeServer, json, owner, problem, viewer } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import { counts, delivery, failedDelivery } from '../../test/samples';
import { isFull } from '../../api/deliveries';
import { showApp } from '../../test/show-app';
import { UiProvider } from '../../ui/ui-provider';
import { ListFoot } from './list/list-foot';

const PATH = '/recruiter/api/deliveries';
const LIST = 'GET /api/recruiter/deliveries';
const COUNTS = 'GET /api/recruiter/deliveries/counts';
const RESEND = 'POST /api/recruiter/deliveries/d1/resend';

let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  server = agencyServer();
});

const row = async (name = 'New application') =>
  (await screen.findByRole('link', { name })).closest('[role=row]') as HTMLElement;
const lastAsked = () => Object.fromEntries(server.to(LIST).at(-1)?.search ?? []);

describe('a row', () => {
  it('says which try comes next, of how many', async () => {
    const at = new Date(Date.now() + 600_000).toISOString();
    server.on(LIST, { data: [delivery({ status: 'retrying', attempts: 2, next_attempt_at: at })], next_cursor: null });
    showApp(PATH);
    await waitFor(async () =>
      expect((await row()).textContent).toMatch(/next try (at|on \w+ at) \d\d:\d\d \(3 of 4\)/),
    );
  });

  it('counts no further than its plan after a resend', async () => {
    const at = new Date(Date.now() + 600_000).toISOString();
    server.on(LIST, { data: [delivery({ status: 'retrying', attempts: 6, next_attempt_at: at })], next_cursor: null });
    showApp(PATH);
    await waitFor(async () => expect((await row()).textContent).toMatch(/next try (at|on \w+ at) \d\d:\d\d\d+ ms/));
  });

  it('copies its id with C, and says so', async () => {
    const copied = jest.fn((_text: string) => Promise.resolve());
    const { user } = showApp(PATH);
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: copied }, configurable: true });
    Object.defineProperty(globalThis, 'isSecureContext', { value: true, configurable: true });
    await row();
    await user.keyboard('jc');
    expect(await screen.findByText('Id copied.')).toBeTruthy();
    expect(copied.mock.calls).toEqual([['d1']]);
  });

  it('leads to the record where the server knows its address', async () => {
    const me = owner();
    const record_urls = { application: 'https://app.bpoc.example/a/{id}' };
    server.on('GET /api/me', { ...me, platform: { ...me.platform, record_urls } });
    showApp(PATH);
    const link = await screen.findByRole('link', { name: 'Application A-1042' });
    expect(link.getAttribute('href')).toBe('https://app.bpoc.example/a/A-1042');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('changes in place when it is resent: the list is not refetched, and the focus stays', async () => {
    server.on(LIST, { data: [delivery({ status: 'failed' })], next_cursor: null });
    server.on(RESEND, () => json(delivery({ status: 'waiting' }), 202));
    const { user } = showApp(PATH);
    const link = await screen.findByRole('link', { name: 'New application' });
    server.on(LIST, { data: [delivery({ id: 'd9' }), delivery({ status: 'waiting' })], next_cursor: null });
    await user.keyboard('jr');
    await waitFor(async () => expect((await row()).textContent).toContain('Waiting'));
    expect(server.to(LIST)).toHaveLength(1);
    expect(document.activeElement).toBe(link);
  });

  it('names the request when it could not be sent again', async () => {
    server.on(LIST, { data: [delivery({ status: 'failed' })], next_cursor: null });
    server.on(RESEND, () => problem(500, 'internal'));
    server.on('GET /api/recruiter/deliveries/d1', failedDelivery());
    const { user } = showApp(PATH);
    await row();
    await user.keyboard('jr');
    expect(await screen.findByText('req-7')).toBeTruthy();
  });

  it('can be sent again by members only', async () => {
    server.on('GET /api/me', viewer()).on(LIST, { data: [delivery({ status: 'failed' })], next_cursor: null });
    const { user } = showApp(PATH);
    await row();
    await user.keyboard('jr');
    const button = screen.getByRole('button', { name: 'New application: send again' });
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(button.getAttribute('title')).toContain('Viewers cannot resend deliveries.');
    expect(server.to(RESEND)).toHaveLength(0);
  });
});

describe('the filters', () => {
  it('take a range in the reader’s time zone', async () => {
    const { user, history } = showApp(`${PATH}?period=24h`);
    await user.click(await screen.findByRole('button', { name: 'Filters' }));
    await user.selectOptions(screen.getByLabelText('Time'), 'Custom range…');
    const range = screen.getByRole('form', { name: 'From – to' });
    fireEvent.change(within(range).getByLabelText('From'), { target: { value: '2026-01-22T10:00' } });
    fireEvent.change(within(range).getByLabelText('To'), { target: { value: '2026-01-22T09:00' } });
    expect(within(range).getByText('This must be after From.')).toBeTruthy();
    fireEvent.change(within(range).getByLabelText('To'), { target: { value: '2026-01-22T11:30' } });
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(within(range).getByRole('button', { name: 'Show' }));
    await waitFor(() => expect(history.location.search).toContain('from='));
    const [from, to] = ['2026-01-22T10:00', '2026-01-22T11:30'].map((local) => new Date(local).toISOString());
    await waitFor(() => expect(lastAsked()).toEqual({ from, to, limit: '50' }));
    expect(screen.getByLabelText<HTMLInputElement>('To').value).toBe('2026-01-22T11:30');
    await user.selectOptions(screen.getByLabelText('Time'), 'Any time');
    await waitFor(() => expect(history.location.search).toBe(''));
    expect(screen.queryByRole('form', { name: 'From – to' })).toBeNull();
  });

  it('search while typing, keep what is typed in the meantime, and say what matched', async () => {
    const { user, history } = showApp(PATH);
    const field = await screen.findByRole<HTMLInputElement>('searchbox');
    await user.type(field, 'A-10');
    await waitFor(() => expect(history.location.search).toBe('?q=A-10'));
    await user.type(field, '42');
    await waitFor(() => expect(history.location.search).toBe('?q=A-1042'));
    expect(field.value).toBe('A-1042');
    expect(await screen.findByText('Events about “A-1042”')).toBeTruthy();
    await user.clear(field);
    await waitFor(() => expect(history.location.search).toBe(''));
    await user.type(field, 'offer{Enter}');
    expect(history.location.search).toBe('?q=offer');
    expect(await screen.findByText('Events with “offer” in their name')).toBeTruthy();
  });

  it('say what can be searched when nothing matches', async () => {
    server.on(LIST, { data: [], next_cursor: null });
    showApp(`${PATH}?q=Maria`);
    expect(await screen.findByText(/Nothing matches “Maria”\. You can search for the name of/)).toBeTruthy();
  });
});

describe('the foot of the list', () => {
  it('says how many there are about', async () => {
    server.on(LIST, { data: [delivery()], next_cursor: 'older' });
    server.on('GET /api/recruiter/deliveries/counts', {
      ...counts,
      total: { count: 10_000, capped: true },
      failed: { count: 1_204, capped: false },
    });
    const { user } = showApp(PATH);
    expect(await screen.findByText('Showing 1 of about 10,000+')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: /^Failed/ }));
    expect(await screen.findByText('Showing 1 of about 1,204')).toBeTruthy();
  });

  it('leads to older ones when the list has its maximum length', async () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => delivery({ created_at: new Date(1e12 - n).toISOString() }));
    const pages = Array.from({ length: 100 }, () => ({ next_cursor: 'older' }));
    expect([isFull(pages.slice(1)), isFull(pages), isFull([...pages.slice(1), { next_cursor: null }])]).toEqual([
      false,
      true,
      false,
    ]);
    const onOlder = jest.fn();
    const more = { there: false, loading: false };
    render(
      <UiProvider env="test">
        <ListFoot rows={rows} total="12,000" more={more} onMore={() => undefined} onOlder={onOlder} />
      </UiProvider>,
    );
    expect(screen.getByText('Showing 5,000 of about 12,000')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'See older' }));
    // The end of a range is exclusive: deliveries of the same millisecond as the last row must be included.
    expect(onOlder.mock.calls).toEqual([[new Date(1e12 - 4_998).toISOString()]]);
  });
});

describe('the states of the list', () => {
  it('are grey rows while it loads, then the rows', async () => {
    let answer: (response: Response) => void = () => undefined;
    server.on(LIST, () => new Promise<Response>((resolve) => (answer = resolve)));
    showApp(PATH);
    expect(await screen.findByText('Loading deliveries…')).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    await waitFor(() => expect(server.to(LIST)).toHaveLength(1));
    answer(json({ data: [delivery()], next_cursor: null }));
    expect(await row()).toBeTruthy();
    expect(screen.queryByText('Loading deliveries…')).toBeNull();
  });

  it('say that another filter is loading, and not yet that nothing matches', async () => {
    server.on(LIST, { data: [], next_cursor: null });
    const { user, container } = showApp(`${PATH}?response=404`);
    expect(await screen.findByText('No deliveries match.')).toBeTruthy();
    const busy = () => container.querySelectorAll('main [aria-busy="true"]').length;
    await waitFor(() => expect(busy()).toBe(0));
    const answers: Record<string, (response: Response) => void> = {};
    for (const route of [LIST, COUNTS]) {
      server.on(route, () => new Promise<Response>((resolve) => (answers[route] = resolve)));
    }
    await user.click(screen.getByRole('button', { name: 'Filters' }));
    await user.selectOptions(screen.getByLabelText('Answer'), '5xx');
    await waitFor(() => expect(Object.keys(answers)).toHaveLength(2));
    // The rows, and the counts beside the states.
    expect(busy()).toBe(2);
    expect(screen.queryByText('No deliveries match.')).toBeNull();
    answers[LIST]!(json({ data: [delivery()], next_cursor: null }));
    expect(await row()).toBeTruthy();
    expect(busy()).toBe(1);
    answers[COUNTS]!(json(counts));
    await waitFor(() => expect(busy()).toBe(0));
  });

  it('can be reloaded when nothing could be loaded', async () => {
    server.on(LIST, () => problem(503, 'database_unavailable'));
    const { user } = showApp(PATH);
    await screen.findByRole('alert');
    server.on(LIST, { data: [delivery()], next_cursor: null });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await row()).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('keep the old rows when they cannot be refreshed, and say so', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
    try {
      const at = new Date(Date.now() + 600_000).toISOString();
      const moving = { data: [delivery({ status: 'retrying', next_attempt_at: at })], next_cursor: null };
      server.on(LIST, moving);
      showApp(PATH);
      await row();
      server.on(LIST, () => problem(500, 'internal'));
      await jest.advanceTimersByTimeAsync(11_000);
      expect(await screen.findByText(/We could not refresh this list\./)).toBeTruthy();
      expect((await row()).textContent).toContain('Retrying');
      server.on(LIST, { data: [delivery()], next_cursor: null });
      fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
      await waitFor(() => expect(screen.queryByText(/We could not refresh/)).toBeNull());
      expect((await row()).textContent).toContain('Delivered');
    } finally {
      jest.useRealTimers();
    }
  });
});
