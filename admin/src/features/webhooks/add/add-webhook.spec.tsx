import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { type Asked, connectionLost, FakeServer, json, owner, problem, viewer } from '../../../test/fake-server';
import { accessibilityProblems } from '../../../test/accessibility';
import { catalogue, pastPlan, recovery, webhook } from '../../../test/samples';
import { showApp } from '../../../test/show-app';

const SECRET = 'whsec_dGhpcyBpcyBhIHNlY3JldCBvZiAzMiBieXRlcyBoZXJl';
const ADDRESS = 'https://hooks.chat.example/bpoc';
const CREATE = 'POST /api/recruiter/webhooks';

describe('adding a webhook', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null })
      .on(CREATE, () => json({ ...webhook({ id: 'w2', url: ADDRESS, description: 'Chat' }), secret: SECRET }, 201));
  });

  async function open() {
    const app = showApp('/recruiter/api/webhooks/new');
    await screen.findByRole('checkbox', { name: 'Applications' });
    return app;
  }

  async function create(user: Awaited<ReturnType<typeof open>>['user']): Promise<void> {
    await user.type(screen.getByLabelText('Address'), ADDRESS);
    await user.click(screen.getByRole('checkbox', { name: 'Applications' }));
    await user.click(screen.getByRole('button', { name: 'Create webhook' }));
  }

  it('says at each field what is missing, and goes to the first', async () => {
    const { user } = await open();
    await user.click(screen.getByRole('button', { name: 'Create webhook' }));
    expect(screen.getByText('Enter the web address your developer gave you.')).toBeTruthy();
    expect(screen.getByText('Choose at least one event.')).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByLabelText('Address'));
    expect(server.to(CREATE)).toHaveLength(0);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('checks the address when the field is left', async () => {
    const { user } = await open();
    await user.type(screen.getByLabelText('Address'), 'http://example.com');
    await user.tab();
    expect(await screen.findByText('Use an address that starts with https:// so the data is safe.')).toBeTruthy();
  });

  it("puts the server's refusal at its field", async () => {
    const message = 'We cannot reach addresses inside a private network. Use a public one, or the test inbox.';
    server.on(CREATE, () =>
      problem(400, 'validation_failed', { errors: [{ field: 'url', code: 'private_address', message }] }),
    );
    const { user } = await open();
    await create(user);
    expect(await screen.findByText(message)).toBeTruthy();
    expect(screen.getByLabelText('Address').getAttribute('aria-invalid')).toBe('true');
  });

  it('points to the webhook that has this address already', async () => {
    const { user } = await open();
    await user.type(screen.getByLabelText('Address'), webhook().url!);
    expect(screen.getByText(/Payroll sync already uses this address/)).toBeTruthy();
  });

  it('finds events by a word, and shows what their messages look like', async () => {
    const { user } = await open();
    await user.type(screen.getByRole('searchbox', { name: 'Search events' }), 'status');
    const boxes = () =>
      screen.getAllByRole('checkbox').map((box) => (box as HTMLInputElement).labels?.[0]?.textContent);
    expect(boxes()).toEqual(['Applications', 'Moved to another status']);
    await user.click(screen.getByRole('button', { name: 'see example: Moved to another status' }));
    const message = screen.getByLabelText('Example: Moved to another status', { selector: 'pre' });
    expect(message.textContent).toContain('"event": "application.status_changed"');
    await user.click(screen.getByRole('checkbox', { name: 'Moved to another status' }));
    expect(await accessibilityProblems()).toEqual([]);
    await user.clear(screen.getByRole('searchbox', { name: 'Search events' }));
    await user.type(screen.getByRole('searchbox', { name: 'Search events' }), 'nothing like this');
    expect(screen.getByText('Nothing matches. Try a shorter word.')).toBeTruthy();
    expect(screen.getByText('Selected: Moved to another status')).toBeTruthy();
  });

  it('takes recipients instead of an address, and draws the mail', async () => {
    const mail = { ...webhook({ id: 'w2', kind: 'email', url: null, description: 'Hires' }), secret: null };
    const body = JSON.stringify({ subject: 'New application: M. S.', text: 'M. S. applied\n\n-- \nStop' });
    server.on(CREATE, () => json(mail, 201));
    server.on('GET /api/recruiter/webhooks/w2/preview', { event: 'application.created', event_id: null, body });
    const { user } = await open();
    await user.type(screen.getByLabelText('Address'), 'Ann@agency.com');
    const field = await screen.findByLabelText<HTMLTextAreaElement>('Email addresses');
    expect(screen.queryByLabelText('Address')).toBeNull();
    await user.clear(field);
    await user.click(screen.getByRole('checkbox', { name: 'Applications' }));
    await user.click(screen.getByRole('button', { name: 'Create webhook' }));
    expect(screen.getByText('Enter at least one email address.')).toBeTruthy();
    await user.type(field, 'Ann@agency.com, ben@agency.com');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Create webhook' }));
    expect(await screen.findByText('New application: M. S.')).toBeTruthy();
    expect(server.to(CREATE)[0]?.body).toEqual({
      kind: 'email',
      style: { names: 'initials' },
      recipients: ['ann@agency.com', 'ben@agency.com'],
      events: ['application.*'],
    });
  });

  it('loses nothing with the connection, and asks again with the same key', async () => {
    server.on(CREATE, connectionLost);
    const { user } = await open();
    await create(user);
    expect((await screen.findByRole('alert')).textContent).toContain('Nothing you typed is lost.');
    expect(screen.getByLabelText<HTMLInputElement>('Address').value).toBe(ADDRESS);
    await user.click(screen.getByRole('button', { name: 'Create webhook' }));
    await waitFor(() => expect(server.to(CREATE)).toHaveLength(2));
    const keys = server.to(CREATE).map((asked) => asked.headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  it('shows the secret once, hidden at first, and warns before it is lost', async () => {
    const { user } = await open();
    await create(user);
    expect(server.to(CREATE)[0]?.body).toEqual({ url: ADDRESS, events: ['application.*'] });
    expect(await screen.findByText('We show it only once.')).toBeTruthy();
    expect(document.body.textContent).not.toContain(SECRET);
    await user.click(screen.getByRole('button', { name: 'Show' }));
    expect(screen.getByTestId('secret').textContent).toBe(SECRET);
    await user.click(screen.getByRole('button', { name: 'Close' }));
    expect(await screen.findByText('You have not copied the secret. Close anyway?')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Close anyway' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(document.body.innerHTML).not.toContain(SECRET);
  });

  it('sends a test and shows the answer in place', async () => {
    server.on('POST /api/recruiter/webhooks/w2/test', testResult(401, 'not_allowed'));
    const { user } = await open();
    await create(user);
    await user.click(await screen.findByRole('button', { name: 'Saved. Next: send a test' }));
    const dialog = screen.getByRole('dialog');
    expect(document.body.innerHTML).not.toContain(SECRET);
    await user.click(within(dialog).getByRole('button', { name: 'Send test' }));
    expect(await within(dialog).findByText('They did not accept our message.')).toBeTruthy();
    expect(dialog.textContent).toContain('answered 401 Unauthorized · 184 ms');
    expect(dialog.textContent).toContain('The developer of Chat can fix this.');
    server.on('POST /api/recruiter/webhooks/w2/test', testResult(200, 'ok'));
    await user.click(within(dialog).getByRole('button', { name: 'Send test' }));
    expect(await within(dialog).findByText('It works. Real events will arrive on their own.')).toBeTruthy();
    await user.click(within(dialog).getByRole('button', { name: 'Done' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('offers what happened before, shows the first of it, and sends just that', async () => {
    const about = { label: 'Maria Santos', sentence: 'Maria Santos moved from applied to hired' };
    const first = [{ id: 'e1', type: 'application.status_changed', accepted_at: '2026-01-21T09:00:00.000Z', about }];
    const left_out = { webhook_off: 0, purged: 1, conditions: 3, in_log: 0 };
    const RECOVERIES = 'POST /api/recruiter/recoveries';
    server.on(RECOVERIES, ({ body }: Asked) => {
      const asked = body as { plan_id?: string; include_past?: { days: number } };
      if (asked.plan_id) return json(recovery({ webhook_id: 'w2', count: 142, resent: 0 }), 202);
      return json(asked.include_past?.days === 1 ? pastPlan() : pastPlan({ count: 142, left_out, first }));
    });
    server.on('GET /api/recruiter/recoveries/r1', recovery({ webhook_id: 'w2', count: 142 }));
    const { user } = await open();
    await create(user);
    await user.click(await screen.findByRole('button', { name: 'Saved. Next: send a test' }));
    expect(await screen.findByText('142 events happened in the last 7 days, before this webhook.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Send past events' }));
    const dialog = screen.getByRole('dialog', { name: 'Send past events' });
    await within(dialog).findByText(/Chat gets/);
    expect(dialog.textContent).toContain('Chat gets 142 events of the last 7 days, oldest first.');
    expect(dialog.textContent).toContain('It takes about 3 seconds.');
    expect(within(dialog).getByRole('list', { name: 'The first of them' }).textContent).toContain('Maria Santos');
    expect(dialog.textContent).toContain('Left out: 3 by its conditions · 1 erased.');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(within(dialog).getByRole('radio', { name: '24 hours' }));
    await within(dialog).findByText('There is nothing in the last 24 hours that Chat can still get.');
    await user.click(within(dialog).getByRole('radio', { name: '7 days' }));
    await user.click(await within(dialog).findByRole('button', { name: 'Send 142 events' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(server.to(RECOVERIES).map(({ body }) => body)).toContainEqual({
      include_past: { webhook_id: 'w2', days: 7 },
      dry_run: true,
    });
    expect(server.to(RECOVERIES).at(-1)?.body).toEqual({ plan_id: 'r1' });
    const bar = await screen.findByRole('region', { name: 'Resending' });
    expect(bar.textContent).toMatch(/^Sending past events: \d+ of 142 deliveries/);
  });

  it('sends to a tool: the pasted address chooses it, no secret is shown, the test follows', async () => {
    const address = 'https://hooks.slack.com/services/T0/B0/abcd';
    const slack = {
      kind: 'slack',
      url: 'https://hooks.slack.com/…abcd',
      style: { names: 'full', link: true },
    } as const;
    server.on(CREATE, () => json({ ...webhook({ id: 'w2', ...slack }), secret: null }, 201));
    server.on('POST /api/recruiter/conditions/preview', { count: 50, matches: 7, events: [] });
    server.on('GET /api/recruiter/webhooks/w2/preview', { event: 'application.created', event_id: 'e1', body: SLACK });
    const { user } = await open();
    await user.click(screen.getByLabelText('Address'));
    await user.paste(address);
    expect(screen.getByRole<HTMLInputElement>('radio', { name: 'Slack' }).checked).toBe(true);
    expect(screen.getByRole('list', { name: 'How to get the address from Slack' }).children).toHaveLength(3);
    expect(screen.getByText(/This is an address of Slack\./)).toBeTruthy();
    await user.selectOptions(screen.getByLabelText('Names of candidates'), 'full');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('checkbox', { name: 'Applications' }));
    await user.click(screen.getByRole('button', { name: 'Only when…' }));
    await user.click(screen.getByRole('button', { name: 'Add a condition' }));
    await user.type(screen.getByLabelText('Value'), 'hired');
    expect(await screen.findByText('7 of the last 50 events would have been sent.')).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Create webhook' }));
    expect(await screen.findByText('Step 2 of 2')).toBeTruthy();
    const message = await screen.findByRole('region', { name: 'Message' });
    expect(message.textContent).toContain('Maria Santos applied for Customer Service RepresentativeOpen in BPOC');
    expect(screen.getByText('This is your latest event of this kind.')).toBeTruthy();
    expect(server.to(CREATE)[0]?.body).toEqual({
      kind: 'slack',
      style: { names: 'full' },
      url: address,
      events: ['application.*'],
      conditions: [
        { event: 'application.status_changed', all: [{ field: 'applicationId', op: 'is', value: 'hired' }] },
      ],
    });
    expect(screen.getByRole('button', { name: 'Send it there' })).toBeTruthy();
  });

  it('shows a person who may not add webhooks who can', async () => {
    server.on('GET /api/me', viewer());
    showApp('/recruiter/api/webhooks/new');
    expect((await screen.findByRole('dialog')).textContent).toContain('Only admins can add webhooks.');
    expect(screen.queryByLabelText('Address')).toBeNull();
  });
});

const text = (words: string, bold = false) => ({ type: 'text', text: words, ...(bold && { style: { bold } }) });
const SLACK = JSON.stringify({
  blocks: [
    {
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            text('New application\n', true),
            ...[text('Maria Santos', true), text(' applied for '), text('Customer Service Representative', true)],
            ...[text('\n'), { type: 'link', url: 'https://bpoc.example/x', text: 'Open in BPOC' }],
          ],
        },
      ],
    },
  ],
});

function testResult(status: number, reason: string) {
  const good = status === 200;
  return {
    delivery_id: 'd9',
    event_id: 'e9',
    event: 'webhook.test',
    status: good ? 'delivered' : 'failed',
    attempt: {
      n: 1,
      started_at: '2026-01-22T10:30:00.000Z',
      outcome: good ? 'succeeded' : 'failed',
      reason,
      fenced: false,
      response_status: status,
      duration_ms: 184,
      timing: { dns_ms: null, connect_ms: 20, tls_ms: 31, first_byte_ms: 133 },
      reconnected: false,
      detail: null,
      request_headers: {},
      response_headers: {},
      response_body: 'no',
      response_truncated: false,
    },
    body: '{"event":"webhook.test"}',
  };
}
