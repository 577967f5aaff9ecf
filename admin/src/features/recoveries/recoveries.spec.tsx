import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { agencyServer } from '../../test/agency-server';
import type { Asked } from '../../test/fake-server';
import { type FakeServer, json, owner, problem } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import {
  counts,
  delivery,
  failedDelivery,
  failingWebhook,
  failureGroups,
  recovery,
  webhook,
  webhookDetail,
} from '../../test/samples';
import { showApp } from '../../test/show-app';

const WEBHOOKS = '/recruiter/api/webhooks';
const DELIVERIES = '/recruiter/api/deliveries';
const LIST = 'GET /api/recruiter/deliveries';
const POST = 'POST /api/recruiter/recoveries';
const RUNNING = 'GET /api/recruiter/recoveries';
const ONE = 'GET /api/recruiter/recoveries/r1';
const STOP = 'DELETE /api/recruiter/recoveries/r1';

const plan = { plan_id: 'r1', count: 42, left_out: { webhook_off: 0, purged: 0 }, per_second: 50 };

let server: FakeServer;

/** A webhook that answers 503, with 30 failed deliveries. */
beforeEach(() => {
  server = agencyServer()
    .on('GET /api/recruiter/failure-groups', failureGroups({}))
    .on('GET /api/recruiter/webhooks', { data: [failingWebhook], next_cursor: null })
    .on('GET /api/recruiter/deliveries/counts', { ...counts, failed: { count: 3, capped: false } })
    .on(LIST, ({ search }: Asked) =>
      json({ data: search.get('test') === 'true' ? [] : failed('d1', 'd2', 'd3', 'd4'), next_cursor: null }),
    )
    .on(POST, planOrRun(plan))
    .on(ONE, recovery());
});

function failed(...ids: string[]) {
  return ids.map((id) => delivery({ id, status: 'failed', subject: { kind: 'application', id: `A-${id}` } }));
}

function planOrRun(answer: unknown) {
  return ({ body }: Asked) =>
    (body as { plan_id?: string }).plan_id ? json(recovery({ resent: 0, delivered: 0, failed: 0 }), 202) : json(answer);
}

const parts = (bar: HTMLElement) =>
  within(bar)
    .getAllByRole('link')
    .map(({ textContent }) => textContent);
const bodies = () => server.to(POST).map(({ body }) => body);
const openFromAttention = async () => {
  const shown = showApp(WEBHOOKS);
  await shown.user.click(await screen.findByRole('button', { name: 'More about Payroll sync' }));
  await shown.user.click(await screen.findByRole('button', { name: 'Resend failed: Payroll sync' }));
  return { ...shown, dialog: await screen.findByRole('dialog', { name: 'Resend deliveries' }) };
};

describe('resending many', () => {
  it('shows first what would be sent, how fast and how long, by the server’s own count', async () => {
    const { dialog } = await openFromAttention();
    await within(dialog).findByText(/This will resend/);
    expect(dialog.textContent).toContain('This will resend 42 deliveries to Payroll sync that failed.');
    expect(dialog.textContent).toContain('Oldest first, at most 50 a second: it takes about 1 second.');
    expect(dialog.textContent).not.toContain('Left out');
    expect(bodies()).toEqual([
      { filter: { webhook_id: 'w1', status: ['failed'], from: '2026-01-22T10:00:00.000Z' }, dry_run: true },
    ]);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('sends exactly that plan, shows its progress in the bar and can be stopped', async () => {
    const { user, dialog } = await openFromAttention();
    await user.click(await within(dialog).findByRole('button', { name: 'Resend 42 deliveries' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(bodies()[1]).toEqual({ plan_id: 'r1' });
    const bar = await screen.findByRole('region', { name: 'Resending' });
    await within(bar).findByText('Resending: 31 of 42 deliveries');
    expect(parts(bar)).toEqual(['29 of 42 delivered', '11 waiting', '2 failed']);
    expect(await accessibilityProblems()).toEqual([]);
    server.on(STOP, () => {
      server.on(ONE, recovery({ status: 'stopped', finished_at: new Date().toISOString() }));
      return json(null, 204);
    });
    await user.click(within(bar).getByRole('button', { name: 'Stop' }));
    await within(bar).findByText('Stopped.');
    expect(parts(bar)).toEqual(['29 of 31 delivered', '2 failed']);
    await user.click(within(bar).getByRole('button', { name: 'Close' }));
    expect(screen.queryByRole('region', { name: 'Resending' })).toBeNull();
  });

  it('can be undone before it begins: then nothing was sent, and no bar says that it was', async () => {
    const begins_at = new Date(Date.now() + 10_000).toISOString();
    const begun = { resent: 0, delivered: 0, failed: 0, begins_at };
    server
      .on('GET /api/me', owner({ platform: { ...owner().platform, undo_ms: 10_000 } }))
      .on(POST, ({ body }: Asked) => ((body as { plan_id?: string }).plan_id ? json(recovery(begun), 202) : json(plan)))
      .on(ONE, recovery(begun))
      .on(STOP, () => {
        server.on(ONE, recovery({ ...begun, status: 'stopped', finished_at: new Date().toISOString() }));
        return json(null, 204);
      });
    const { user, dialog } = await openFromAttention();
    await user.click(await within(dialog).findByRole('button', { name: 'Resend 42 deliveries' }));
    await screen.findByRole('button', { name: 'Undo: 42 deliveries will be sent again.' });
    expect(screen.queryByRole('region', { name: 'Resending' })).toBeNull();
    await user.keyboard('z');
    await screen.findByText('Nothing was sent again.');
    expect(server.to(STOP)).toHaveLength(1);
    expect(screen.queryByRole('region', { name: 'Resending' })).toBeNull();
  });

  it('says what is left out, and offers nothing if nothing is left', async () => {
    server.on(POST, planOrRun({ ...plan, count: 0, left_out: { webhook_off: 2, purged: 1 } }));
    const { dialog } = await openFromAttention();
    await within(dialog).findByText('There is nothing to resend.');
    expect(dialog.textContent).toContain('Left out: 2 whose webhook is off or deleted · 1 whose message was erased.');
    expect(within(dialog).queryByRole('button', { name: /^Resend/ })).toBeNull();
  });

  it('says what the server refuses, in its words', async () => {
    server.on(POST, () => problem(400, 'validation_failed', { detail: 'filter matches more than 20000 deliveries' }));
    const { dialog } = await openFromAttention();
    const alert = await within(dialog).findByRole('alert');
    expect(alert.textContent).toContain('filter matches more than 20000 deliveries');
    expect(alert.textContent).toContain('req-7');
  });

  it('warns while the receiver still fails, and a test shows when it answers again', async () => {
    const { user, dialog } = await openFromAttention();
    const warning = await within(dialog).findByText(/Their server still answers 503 Service Unavailable\./);
    expect(warning.textContent).toContain('Send a test before you resend 42?');
    server.on('POST /api/recruiter/webhooks/w1/test', {
      delivery_id: 'd9',
      event_id: 'e9',
      event: 'webhook.test',
      status: 'delivered',
      attempt: { ...failedDelivery().timeline[0], reason: 'ok', response_status: 200 },
      body: null,
    });
    await user.click(within(dialog).getByRole('button', { name: 'Send test' }));
    expect(await within(dialog).findByText(/Payroll sync answers again: 200 OK/)).toBeTruthy();
    expect(within(dialog).queryByText(/still answers/)).toBeNull();
  });

  it('does not warn when the newest test went well', async () => {
    const passed = delivery({ id: 'd9', test: true, created_at: '2026-01-22T11:00:00.000Z' });
    server.on(LIST, { data: [passed], next_cursor: null });
    const { dialog } = await openFromAttention();
    await within(dialog).findByText(/This will resend/);
    await waitFor(() => expect(within(dialog).queryByText(/still answers/)).toBeNull());
  });
});

describe('a running bulk resend', () => {
  it('is found again after a reload, on every screen, and stays to say how it ended', async () => {
    server.on(RUNNING, { data: [recovery()], next_cursor: null });
    const { user } = showApp(DELIVERIES);
    const bar = await screen.findByRole('region', { name: 'Resending' });
    expect(bar.textContent).toContain('Resending: 31 of 42 deliveries');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('link', { name: 'Webhooks' }));
    await screen.findByRole('heading', { level: 1, name: 'Webhooks' });
    const over = {
      status: 'done' as const,
      resent: 41,
      passed_over: 1,
      delivered: 39,
      // Answers to the last ones are still asked for.
      finished_at: new Date().toISOString(),
    };
    server.on(ONE, recovery({ ...over, delivered: 30, retrying: 1, paused: true })).on(STOP, () => json(null, 204));
    await user.click(within(bar).getByRole('button', { name: 'Stop' }));
    // Not done: ten have no answer yet, and one is tried again.
    await within(bar).findByText('Sent again. 1 no longer needed it.');
    expect(parts(bar)).toEqual(['30 of 41 delivered', '10 waiting (paused)', '1 failed']);
    const waiting = within(bar).getByRole('link', { name: '10 waiting (paused)' });
    expect(waiting.getAttribute('href')).toContain('recovery_id=r1');
    expect(waiting.getAttribute('href')).toContain(encodeURIComponent('waiting,retrying'));
    server.on(ONE, recovery(over));
    await within(bar).findByText('Done. 1 no longer needed it.', {}, { timeout: 5_000 });
    expect(parts(bar)).toEqual(['39 of 41 delivered', '2 failed']);
    await user.click(within(bar).getByRole('button', { name: 'Close' }));
    expect(screen.queryByRole('region', { name: 'Resending' })).toBeNull();
  });

  it('is not requested for a member', async () => {
    const rights = owner().rights.filter((right) => right !== 'recoveries.run');
    server.on('GET /api/me', owner({ role: 'member', rights, admins: ['Anna Admin'] }));
    const { user } = showApp(WEBHOOKS);
    await user.click(await screen.findByRole('button', { name: 'More about Payroll sync' }));
    const button = await screen.findByRole('button', { name: 'Resend failed: Payroll sync' });
    expect(button.getAttribute('aria-disabled')).toBe('true');
    const reason = document.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent;
    expect(reason).toBe('Only admins can resend many at once. Your admins: Anna Admin.');
    await user.click(button);
    expect(server.to(POST)).toHaveLength(0);
    expect(server.to(RUNNING)).toHaveLength(0);
  });
});

describe('the places that lead to it', () => {
  it('are the banner of a webhook', async () => {
    server
      .on('GET /api/recruiter/webhooks/w1', webhookDetail({ ...failingWebhook, recent_deliveries: failed('d1') }))
      .on('GET /api/recruiter/deliveries/d1', failedDelivery());
    const { user } = showApp(`${WEBHOOKS}/w1`);
    await user.click(await screen.findByRole('button', { name: 'Resend failed…' }));
    expect(await screen.findByRole('dialog', { name: 'Resend deliveries' })).toBeTruthy();
  });

  it('are a delivery that did not fail alone: then only what failed the same way', async () => {
    server.on('GET /api/recruiter/deliveries/d1', failedDelivery());
    const { user } = showApp(`${DELIVERIES}/d1`);
    await user.click(await screen.findByRole('button', { name: 'Resend all 30…' }));
    await screen.findByText(/that failed the same way in the last 24 hours/);
    expect(bodies()[0]).toMatchObject({ filter: { reason: 'down', webhook_id: 'w1' } });
  });

  it('are all that match the filters', async () => {
    const { user } = showApp(`${DELIVERIES}?status=failed&event=offer.*&reason=down`);
    await user.click(await screen.findByRole('button', { name: 'Resend all 3 that match…' }));
    await screen.findByText(/that failed and match the filters/);
    expect(bodies()).toEqual([{ filter: { event: 'offer.*', reason: 'down', status: ['failed'] }, dry_run: true }]);
  });

  it('are selected rows: by click, by a range with Shift, by keyboard', async () => {
    const { user } = showApp(DELIVERIES);
    const check = async (id: string) =>
      screen.findByRole('checkbox', { name: `Choose New application, Application A-${id}` });
    await user.click(await check('d1'));
    await user.keyboard('{Shift>}');
    await user.click(await check('d3'));
    await user.keyboard('{/Shift}');
    const bar = screen.getByRole('region', { name: 'Selected deliveries' });
    expect(bar.textContent).toContain('3 chosen');
    expect(await accessibilityProblems()).toEqual([]);
    (await check('d4')).focus();
    await user.keyboard('{Shift>} {/Shift}');
    expect(bar.textContent).toContain('4 chosen');
    await user.click(await check('d2'));
    server.on(POST, planOrRun({ ...plan, count: 2 }));
    await user.click(within(bar).getByRole('button', { name: 'Resend 3' }));
    const dialog = await screen.findByRole('dialog', { name: 'Resend deliveries' });
    await within(dialog).findByText(/that you selected/);
    expect(bodies()).toEqual([{ filter: { delivery_ids: ['d1', 'd3', 'd4'] }, dry_run: true }]);
    expect(dialog.textContent).toContain('Left out: 1 delivered, on the way or cancelled.');
  });

  it('deselect selected rows, and copy their ids', async () => {
    const { user } = showApp(DELIVERIES);
    Object.defineProperty(globalThis, 'isSecureContext', { value: true, configurable: true });
    await user.click(await screen.findByRole('checkbox', { name: 'Select all shown' }));
    const bar = screen.getByRole('region', { name: 'Selected deliveries' });
    await user.click(within(bar).getByRole('button', { name: 'Copy ids' }));
    expect(await navigator.clipboard.readText()).toBe('d1\nd2\nd3\nd4');
    await user.click(within(bar).getByRole('button', { name: 'Clear' }));
    expect(screen.queryByRole('region', { name: 'Selected deliveries' })).toBeNull();
  });
});

describe('a webhook that is turned on again', () => {
  const off = webhook({ is_active: false, health: 'off', off_reason: 'person' });
  const skipped = (count: number) => ({ ...counts, skipped: { count, capped: false } });

  beforeEach(() => {
    server
      .on('GET /api/recruiter/webhooks', { data: [off], next_cursor: null })
      .on('PATCH /api/recruiter/webhooks/w1', () => {
        server.on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
        return json(webhook());
      });
  });

  it('offers to send what was skipped', async () => {
    server.on('GET /api/recruiter/deliveries/counts', skipped(6));
    const { user } = showApp(WEBHOOKS);
    await user.click(await screen.findByRole('switch', { name: 'Payroll sync is off' }));
    const dialog = await screen.findByRole('dialog', { name: 'Payroll sync is on' });
    expect(dialog.textContent).toContain('6 events were skipped while it was off.');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(within(dialog).getByRole('button', { name: 'Send them…' }));
    await screen.findByText(/to Payroll sync that were skipped/);
    expect(bodies()).toEqual([{ filter: { webhook_id: 'w1', status: ['skipped'] }, dry_run: true }]);
  });

  it('leaves them when asked to, and does not ask when there are none', async () => {
    server.on('GET /api/recruiter/deliveries/counts', skipped(1));
    const { user } = showApp(WEBHOOKS);
    await user.click(await screen.findByRole('switch', { name: 'Payroll sync is off' }));
    const dialog = await screen.findByRole('dialog', { name: 'Payroll sync is on' });
    expect(dialog.textContent).toContain('1 event was skipped while it was off.');
    await user.click(within(dialog).getByRole('button', { name: 'Leave it' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(server.to(POST)).toHaveLength(0);
  });
});
