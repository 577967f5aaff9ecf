import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { agencyServer } from '../../../test/agency-server';
import { type FakeServer, json, problem, viewer } from '../../../test/fake-server';
import { accessibilityProblems } from '../../../test/accessibility';
import { counts, delivery, failingWebhook, webhookDetail, webhookProblem } from '../../../test/samples';
import { showApp } from '../../../test/show-app';

const PATH = '/recruiter/api/webhooks/w1';
const ONE = 'GET /api/recruiter/webhooks/w1';
const CHANGE = 'PATCH /api/recruiter/webhooks/w1';

describe('one webhook', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = agencyServer()
      .on('GET /api/recruiter/webhooks', { data: [], next_cursor: null })
      .on(ONE, () => json(webhookDetail({ recent_deliveries: [delivery()] }), 200, { etag: '"3"' }));
  });

  it('shows its health, its recent deliveries and the way to open one', async () => {
    const { user, history } = showApp(PATH);
    expect(await screen.findByRole('heading', { level: 1, name: /Payroll sync/ })).toBeTruthy();
    const link = await screen.findByRole('link', { name: 'New application' });
    expect(await accessibilityProblems()).toEqual([]);
    server.on('GET /api/recruiter/deliveries/d1', () => problem(404, 'not_found'));
    await user.click(link);
    await waitFor(() => expect(history.location.search).toBe('?delivery=d1'));
  });

  it('shows figures of the selected time, and how fast the receiver answers', async () => {
    const day = (n: number, delivered: number, failed: number) => ({
      start: new Date(Date.UTC(2026, 0, n)).toISOString(),
      delivered,
      failed,
      failed_attempts: failed * 4,
      left_out: delivered,
      pending: 0,
    });
    const daily = Array.from({ length: 30 }, (_, n) => day(n + 1, 10, n === 10 ? 30 : n === 25 ? 5 : 0));
    const answer_time = { typical_ms: 180, slowest_5_percent_ms: 1900, count: 312 };
    const detail = webhookDetail({
      recent_deliveries: [delivery()],
      series: { hourly: [], six_hourly: daily.slice(-7), daily },
      answer_time,
    });
    server.on(ONE, detail);
    const { user } = showApp(PATH);
    const figures = within(await screen.findByRole('region', { name: 'Figures of the last 24 hours' }));
    expect(figure('Gave up')).toBe('0');
    expect(figure('Response time')).toBe('180 ms slowest 5 %: 1.9 s');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(figures.getByRole('radio', { name: '7 days' }));
    expect([figure('Delivered'), figure('Gave up')]).toEqual(['93.3 % 70 of 75 due', '5']);
    expect(screen.getByRole('img', { name: /^70 delivered, 5 failed, most failures at (Mon|26 Jan) / })).toBeTruthy();
    await user.click(figures.getByRole('radio', { name: '30 days' }));
    expect([figure('Gave up'), figure('Failed tries')]).toEqual(['35', '140']);
    expect(figure('Left out by conditions')).toBe('300');
  });

  it('explains what is wrong when it fails, and offers what helps', async () => {
    server
      .on(ONE, webhookDetail({ ...failingWebhook, recent_deliveries: [delivery()] }))
      .on('GET /api/recruiter/problems', { data: [webhookProblem()] });
    const { user } = showApp(PATH);
    expect(await screen.findByRole('heading', { name: /Their server says it is down/ })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'See 42 not delivered' }).getAttribute('href')).toContain(
      'failed%2Cwaiting',
    );
    expect(screen.getByRole('button', { name: 'Resend failed…' })).toBeTruthy();
    expect(await screen.findByText('{"error":"maintenance until 16:00"}')).toBeTruthy();
    Object.defineProperty(globalThis, 'isSecureContext', { value: true, configurable: true });
    await user.click(await screen.findByRole('button', { name: 'Copy details for developer' }));
    await screen.findByRole('button', { name: 'Copied' });
    Reflect.deleteProperty(globalThis, 'isSecureContext');
    expect(await navigator.clipboard.readText()).toContain(
      'Your server answered:\n  {"error":"maintenance until 16:00"}',
    );
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Send test' }));
    expect(await screen.findByRole('dialog', { name: 'Test Payroll sync' })).toBeTruthy();
  });

  it('says what will appear when nothing was sent yet, and offers a test', async () => {
    server.on(ONE, webhookDetail());
    const { user } = showApp(PATH);
    expect(await screen.findByText('Nothing sent yet.')).toBeTruthy();
    await user.click(screen.getAllByRole('button', { name: 'Send test' })[1]!);
    expect(await screen.findByRole('dialog', { name: 'Test Payroll sync' })).toBeTruthy();
  });

  it('says who turned it off and when, turns it on again and asks about what was skipped', async () => {
    const off = { is_active: false, health: 'off' as const, off_reason: 'person' as const };
    const recent_deliveries = [delivery()];
    const entry = {
      id: 'a1',
      at: '2026-01-22T10:00:00.000Z',
      actor: { kind: 'user', id: 'u2', name: 'Ben Okafor' },
      action: 'webhook.updated',
      target: { kind: 'webhook', id: 'w1' },
      details: { fields: ['is_active'], is_active: false },
    };
    server
      .on(ONE, webhookDetail({ ...off, off_at: '2026-01-22T10:30:00.000Z', recent_deliveries }))
      .on('GET /api/recruiter/audit', { data: [entry], next_cursor: null })
      .on('GET /api/recruiter/deliveries/counts', { ...counts, skipped: { count: 6, capped: false } })
      .on(CHANGE, () => {
        server.on(ONE, webhookDetail({ recent_deliveries }));
        return json(webhookDetail());
      });
    const { user } = showApp(PATH);
    expect(await screen.findByRole('heading', { name: /^Turned off by Ben Okafor on 22 Jan/ })).toBeTruthy();
    expect(server.to('GET /api/recruiter/audit')[0]?.search.get('target')).toBe('w1');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Turn on' }));
    expect(await screen.findByText('6 events were skipped while it was off.')).toBeTruthy();
    expect(server.to(CHANGE)[0]?.body).toEqual({ is_active: true });
    await waitFor(() => expect(screen.queryByRole('heading', { name: /^Turned off/ })).toBeNull());
    // The dialog says so in its title.
    expect(screen.queryByText('Payroll sync is on.')).toBeNull();
  });

  it('says that it is on again when nothing was missed', async () => {
    const off = { is_active: false, health: 'off' as const, off_reason: 'person' as const };
    const recent_deliveries = [delivery()];
    server
      .on(ONE, webhookDetail({ ...off, off_at: '2026-01-22T10:30:00.000Z', recent_deliveries }))
      .on('GET /api/recruiter/audit', { data: [], next_cursor: null })
      .on('GET /api/recruiter/deliveries/counts', counts)
      .on(CHANGE, () => {
        server.on(ONE, webhookDetail({ recent_deliveries }));
        return json(webhookDetail());
      });
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Turn on' }));
    expect(await screen.findByText('Payroll sync is on.')).toBeTruthy();
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('says why we turned it off; a viewer reads who can turn it on', async () => {
    server.on('GET /api/me', viewer()).on(
      ONE,
      webhookDetail({
        is_active: false,
        health: 'off',
        off_reason: 'failing_5_days',
        off_at: '2026-01-22T10:30:00.000Z',
        recent_deliveries: [delivery()],
      }),
    );
    showApp(PATH);
    const heading = await screen.findByRole('heading', { name: /^Turned off by us/ });
    expect(heading.textContent).toContain('because it kept failing for 5 days.');
    expect(screen.getByRole('button', { name: 'Turn on' }).getAttribute('aria-disabled')).toBe('true');
    expect(server.to('GET /api/recruiter/audit')).toEqual([]);
  });

  it('keeps its layout while it loads, and can be reloaded if that fails', async () => {
    let answer: (response: Response) => void = () => undefined;
    server.on(ONE, () => new Promise<Response>((resolve) => (answer = resolve)));
    const { user } = showApp(PATH);
    expect(await screen.findByText('Loading the webhook…')).toBeTruthy();
    await waitFor(() => expect(server.to(ONE).length).toBeGreaterThan(0));
    answer(problem(500, 'internal'));
    expect((await screen.findByRole('alert')).textContent).toContain('req-7');
    server.on(ONE, webhookDetail());
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { level: 1, name: /Payroll sync/ })).toBeTruthy();
  });

  it('says that it is gone when it was deleted, or is not ours', async () => {
    server.on(ONE, () => problem(404, 'not_found'));
    showApp(PATH);
    expect(await screen.findByRole('heading', { level: 1, name: 'Webhook not found' })).toBeTruthy();
  });

  it('saves one setting with the version it was read at', async () => {
    const { user } = showApp(`${PATH}/settings`);
    const field = await screen.findByLabelText('Name of the webhook');
    await user.clear(field);
    await user.type(field, 'Pay day');
    server.on(CHANGE, webhookDetail({ description: 'Pay day' }));
    await user.click(screen.getByRole('button', { name: 'Save name' }));
    await waitFor(() => expect(server.to(CHANGE)).toHaveLength(1));
    expect(server.to(CHANGE)[0]?.body).toEqual({ description: 'Pay day' });
    expect(server.to(CHANGE)[0]?.headers.get('if-match')).toBe('"3"');
    expect(await screen.findByText('Name saved.')).toBeTruthy();
  });

  it('is deleted only when its name was typed', async () => {
    server.on('DELETE /api/recruiter/webhooks/w1', () => json(null, 204));
    const { user, history } = showApp(`${PATH}/settings`);
    await user.click(await screen.findByRole('button', { name: 'Delete webhook…' }));
    await user.type(await screen.findByLabelText('Type Payroll sync to confirm'), 'Payroll');
    await user.click(screen.getByRole('button', { name: 'Delete webhook' }));
    expect(screen.getByText('Type Payroll sync exactly as shown here.')).toBeTruthy();
    await user.type(screen.getByLabelText('Type Payroll sync to confirm'), ' sync');
    await user.click(screen.getByRole('button', { name: 'Delete webhook' }));
    await waitFor(() => expect(history.location.pathname).toBe('/recruiter/api/webhooks'));
    expect(server.to('DELETE /api/recruiter/webhooks/w1')).toHaveLength(1);
  });
});

/** "93.3 % 70 of 75": the figure with this label. */
function figure(label: string): string | null | undefined {
  return screen.getByText(label, { selector: 'dt' }).nextElementSibling?.textContent?.trim();
}
