import { beforeEach, describe, expect, it } from '@jest/globals';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { type Asked, FakeServer, json, owner, problem, viewer } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import { catalogue, counts, delivery, failingWebhook, webhook, webhookProblem } from '../../test/samples';
import { showApp } from '../../test/show-app';

const PATH = '/recruiter/api/webhooks';

describe('the list of webhooks', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
  });

  it('shows each webhook with its health, its events in words and its last answer', async () => {
    showApp(PATH);
    const row = await screen.findByRole('listitem');
    expect(within(row).getByRole('link', { name: 'Payroll sync' }).getAttribute('href')).toBe(`${PATH}/w1`);
    expect(row.textContent).toContain('all application events');
    expect(row.textContent).toContain('Healthy');
    expect(row.textContent).toContain('12 delivered');
    expect(screen.queryByRole('region')).toBeNull();
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('moves the focus to the heading, so that a screen reader announces it', async () => {
    showApp(PATH);
    await screen.findByRole('listitem');
    expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1, name: 'Webhooks' }));
  });

  it('summarises problems in one line, and shows for each what it is, the answer and what is missing', async () => {
    server
      .on('GET /api/recruiter/webhooks', { data: [webhook({ id: 'w2' }), failingWebhook], next_cursor: null })
      .on('GET /api/recruiter/problems', { data: [webhookProblem()] });
    const { user } = showApp(PATH);
    const card = await screen.findByRole('region', { name: '1 of 2 webhooks needs you' });
    expect(card.textContent).toMatch(/42 deliveries have not arrived, the oldest since .*\d\d:\d\d\./);
    expect(card.textContent).toContain('Their server says it is down. 503 Service Unavailable');
    expect(await within(card).findByText('{"error":"maintenance until 16:00"}')).toBeTruthy();
    const missing = within(card).getByRole('link', { name: '42 not delivered' });
    expect(missing.getAttribute('href')).toContain('webhook_id=w1&status=retrying%2Cfailed%2Cwaiting');
    await user.click(within(card).getByRole('button', { name: 'More about Payroll sync' }));
    expect(await within(card).findByText(/The developer of Payroll sync can fix this\./)).toBeTruthy();
    expect(card.textContent).toContain('14 failed tries in a row');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('lets a person say that they are handling it, visible to all, and mute it', async () => {
    const on = webhookProblem({ acknowledged: { by: 'Otto Owner', at: '2026-01-22T11:00:00.000Z', note: 'Called' } });
    server
      .on('GET /api/recruiter/webhooks', { data: [failingWebhook], next_cursor: null })
      .on('GET /api/recruiter/problems', { data: [webhookProblem()] })
      .on('POST /api/recruiter/problems/w1/acknowledge', on)
      .on('POST /api/recruiter/problems/w1/mute', {
        ...on,
        muted: { by: 'Otto Owner', at: '2026-01-22T11:05:00.000Z' },
      });
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'More about Payroll sync' }));
    await user.click(await screen.findByRole('button', { name: 'I am on it…' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'You are on it: Payroll sync' }));
    await user.type(dialog.getByLabelText('Note'), 'Called');
    await user.click(dialog.getByRole('button', { name: 'I am on it' }));
    expect(await screen.findByText(/^On it: Otto Owner, since .*“Called”$/)).toBeTruthy();
    expect(server.to('POST /api/recruiter/problems/w1/acknowledge')[0]?.body).toEqual({ note: 'Called' });
    expect(screen.getByRole('heading', { name: 'A colleague is on it: 1 of 1 webhooks has a problem' })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Mute' }));
    expect(await screen.findByRole('heading', { name: 'All problems are muted' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Unmute' })).toBeTruthy();
  });

  it('turns on what we turned off and shows what to resend, with one click', async () => {
    const off = webhook({
      is_active: false,
      health: 'off',
      off_reason: 'gone',
      off_at: '2026-01-22T10:30:00.000Z',
      not_delivered: { count: 15, capped: false, since: '2026-01-22T10:00:00.000Z' },
    });
    server
      .on('GET /api/recruiter/webhooks', { data: [off], next_cursor: null })
      .on('PATCH /api/recruiter/webhooks/w1', webhook())
      .on('GET /api/recruiter/deliveries', { data: [], next_cursor: null })
      .on('POST /api/recruiter/recoveries', {
        plan_id: 'r1',
        count: 15,
        left_out: { webhook_off: 0, purged: 0 },
        per_second: 50,
      });
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Turn on and resend 15… Payroll sync' }));
    expect(await screen.findByRole('button', { name: 'Resend 15 deliveries' })).toBeTruthy();
    expect(server.to('PATCH /api/recruiter/webhooks/w1')[0]?.body).toEqual({ is_active: true });
    expect(server.to('POST /api/recruiter/recoveries')[0]?.body).toEqual({
      filter: { webhook_id: 'w1', status: ['failed', 'skipped'], from: '2026-01-22T10:00:00.000Z' },
      dry_run: true,
    });
  });

  it('draws the last day by hour, describes it in words, and links each hour to its deliveries', async () => {
    server.on('GET /api/recruiter/webhooks', { data: [failingWebhook], next_cursor: null });
    server
      .on('GET /api/recruiter/deliveries', { data: [], next_cursor: null })
      .on('GET /api/recruiter/deliveries/counts', counts);
    const { user, history, container } = showApp(PATH);
    const picture = await screen.findByRole('img', {
      name: /^Last 24 hours: 3 delivered, 42 failed, 12 not through yet, worst hour /,
    });
    const hours = [...picture.querySelectorAll('g')];
    expect(hours).toHaveLength(24);
    expect(hours[22]?.querySelector('title')?.textContent).toMatch(/: 0 delivered, 40 failed$/);
    expect(heights(hours[22])).toEqual({ ok: 0, bad: 26 });
    expect(heights(hours[23])).toEqual({ ok: 0, bad: 3 });
    await user.click(hours[21]!);
    await waitFor(() => expect(history.location.pathname).toBe('/recruiter/api/deliveries'));
    const search = new URLSearchParams(history.location.search);
    expect(Object.fromEntries(search)).toEqual({
      webhook_id: 'w1',
      from: '2026-01-22T08:00:00.000Z',
      to: '2026-01-22T09:00:00.000Z',
    });
    expect(await within(container).findByRole('button', { name: 'Remove the condition: Payroll sync' })).toBeTruthy();
    expect(within(container).getByRole('button', { name: /^Remove the condition: \d.* – / })).toBeTruthy();
    expect(server.to('GET /api/recruiter/deliveries')[0]?.search.get('to')).toBe('2026-01-22T09:00:00.000Z');
  });

  it('does not request problems when there are none', async () => {
    showApp(PATH);
    await screen.findByRole('listitem');
    expect(server.to('GET /api/recruiter/problems')).toHaveLength(0);
  });

  it('explains the three steps to an agency that has none', async () => {
    server.on('GET /api/recruiter/webhooks', { data: [], next_cursor: null });
    const { user, history } = showApp(PATH);
    expect(await screen.findByText('Give us a web address')).toBeTruthy();
    const step = within(screen.getByText('Give us a web address').closest('li')!);
    expect(step.getByRole('button', { name: 'Use a test inbox' })).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Add webhook' }));
    await waitFor(() => expect(history.location.pathname).toBe(`${PATH}/new`));
  });

  it('offers to try again, with the request id, when it cannot be loaded', async () => {
    server.on('GET /api/recruiter/webhooks', () => problem(500, 'internal'));
    const { user } = showApp(PATH);
    expect((await screen.findByRole('alert')).textContent).toContain('req-7');
    server.on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: 'Payroll sync' })).toBeTruthy();
  });

  it('keeps its layout while it loads', async () => {
    let answer: (response: Response) => void = () => undefined;
    server.on('GET /api/recruiter/webhooks', () => new Promise<Response>((resolve) => (answer = resolve)));
    showApp(PATH);
    expect(await screen.findByText('Loading webhooks…')).toBeTruthy();
    await waitFor(() => expect(server.to('GET /api/recruiter/webhooks').length).toBeGreaterThan(0));
    answer(json({ data: [webhook()], next_cursor: null }));
    expect(await screen.findByRole('link', { name: 'Payroll sync' })).toBeTruthy();
    expect(screen.queryByText('Loading webhooks…')).toBeNull();
  });

  it('keeps what it knows when it cannot be refreshed, and says so', async () => {
    const off = webhook({ is_active: false, health: 'off', off_reason: 'gone', off_at: '2026-01-22T10:30:00.000Z' });
    server
      .on('GET /api/recruiter/webhooks', { data: [off], next_cursor: null })
      .on('GET /api/recruiter/deliveries/counts', counts)
      .on('PATCH /api/recruiter/webhooks/w1', () => {
        server.on('GET /api/recruiter/webhooks', () => problem(503, 'database_unavailable'));
        return json(webhook());
      });
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('switch', { name: 'Payroll sync is off' }));
    expect((await screen.findByText(/We could not refresh this list\./)).textContent).toContain('req-7');
    expect(screen.getByRole('list', { name: 'Webhooks' }).textContent).toContain('Payroll sync');
    server.on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(screen.queryByText(/We could not refresh/)).toBeNull());
  });

  it('says when and why we turned one off, before it is opened', async () => {
    const off_at = '2026-01-22T10:30:00.000Z';
    const off = webhook({ is_active: false, health: 'off', off_reason: 'failing_5_days', off_at });
    server.on('GET /api/recruiter/webhooks', { data: [off], next_cursor: null });
    const { user } = showApp(PATH);
    const row = within(await screen.findByRole('list', { name: 'Webhooks' }));
    expect(row.getByText(/^by us since 22 Jan/)).toBeTruthy();
    await user.hover(row.getByText('Off'));
    expect((await screen.findByRole('tooltip')).textContent).toMatch(
      /^Turned off by us on 22 Jan.*, because it kept failing for 5 days\. Nothing is sent\./,
    );
  });

  it('shows what a viewer is not allowed to do, with the reason and who can help', async () => {
    server.on('GET /api/me', { ...viewer(), admins: ['Anna Admin'] });
    const { user, history } = showApp(PATH);
    const add = await screen.findByRole('button', { name: 'Add webhook' });
    expect(add.getAttribute('aria-disabled')).toBe('true');
    expect(descriptionOf(add)).toBe('Only admins can add webhooks. Your admins: Anna Admin.');
    await user.click(add);
    expect(history.location.pathname).toBe(PATH);
    await user.click(await screen.findByRole('switch', { name: 'Payroll sync is on' }));
    expect(server.to('PATCH /api/recruiter/webhooks/w1')).toHaveLength(0);
  });
});

describe('the first steps', () => {
  const LIST = 'GET /api/recruiter/deliveries';
  let server: FakeServer;

  beforeEach(() => {
    localStorage.clear();
    const untried = webhook({
      health: 'new',
      last_delivery: null,
      last_24h: { delivered: 0, failed: 0, failed_attempts: 0, left_out: 0, hours: [] },
    });
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/webhooks', { data: [untried], next_cursor: null });
  });

  it('stay with their ticks until a real delivery has succeeded', async () => {
    server.on(LIST, ({ search }: Asked) =>
      json({ data: search.get('test') === 'true' ? [delivery({ test: true })] : [], next_cursor: null }),
    );
    showApp(PATH);
    const steps = within(await screen.findByRole('region', { name: 'Almost there' }));
    await waitFor(() =>
      expect(steps.getAllByRole('listitem').map((step) => step.textContent)).toEqual([
        'Give us a web address (done)',
        'Choose what to send (done)',
        'Send test (done)',
        'The first real event arrives automatically (to do)',
      ]),
    );
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('lead to the missing test', async () => {
    server.on(LIST, { data: [], next_cursor: null });
    showApp(PATH);
    const link = await screen.findByRole('link', { name: 'Send test' });
    expect(link.getAttribute('href')).toBe(`${PATH}/w1`);
  });

  it('never come back after that, whatever fails later', async () => {
    server.on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
    showApp(PATH);
    await screen.findByRole('link', { name: 'Payroll sync' });
    cleanup();
    const failing = { data: [{ ...failingWebhook, last_24h: { ...failingWebhook.last_24h, delivered: 0 } }] };
    server.on('GET /api/recruiter/webhooks', failing);
    showApp(PATH);
    await screen.findByRole('region', { name: '1 of 1 webhook needs you' });
    expect(screen.queryByRole('region', { name: 'Almost there' })).toBeNull();
    expect(server.to(LIST)).toHaveLength(0);
  });
});

describe('the switch of a webhook', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null })
      .on('GET /api/recruiter/deliveries/counts', { ...counts, retrying: { count: 3, capped: false } });
  });

  it('asks before it turns off, and says what then happens', async () => {
    server.on('PATCH /api/recruiter/webhooks/w1', () => {
      const off = webhook({ is_active: false, health: 'off', off_reason: 'person' });
      server.on('GET /api/recruiter/webhooks', { data: [off], next_cursor: null });
      return json(off);
    });
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('switch', { name: 'Payroll sync is on' }));
    const dialog = await screen.findByRole('dialog', { name: 'Turn off Payroll sync?' });
    expect(dialog.textContent).toContain('New events will be marked Skipped. You can send them later, for 30 days.');
    expect(await within(dialog).findByText('3 deliveries that are still waiting or retrying will stop.')).toBeTruthy();
    await user.click(within(dialog).getByRole('button', { name: 'Turn off' }));
    expect(await screen.findByRole('switch', { name: 'Payroll sync is off' })).toBeTruthy();
    expect(server.to('PATCH /api/recruiter/webhooks/w1')[0]?.body).toEqual({ is_active: false });
  });

  it('goes back when the server refuses', async () => {
    server.on('PATCH /api/recruiter/webhooks/w1', () => problem(503, 'database_unavailable'));
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('switch', { name: 'Payroll sync is on' }));
    await user.click(await screen.findByRole('button', { name: 'Turn off' }));
    const words = await screen.findByText(/Something went wrong on our side/);
    expect(words.textContent).toContain('Request id: req-7');
    expect(screen.getByRole('switch', { name: 'Payroll sync is on' })).toBeTruthy();
  });
});

function heights(hour: Element | undefined): Record<string, number> {
  const heightOf = (name: string) => Number(hour?.querySelector(`rect.${name}`)?.getAttribute('height') ?? 0);
  return { ok: heightOf('ok'), bad: heightOf('bad') };
}

function descriptionOf(element: HTMLElement): string | null {
  return document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent ?? null;
}
