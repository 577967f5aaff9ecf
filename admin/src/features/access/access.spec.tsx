import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import type { ApiKey, AuditEntry, Member } from '../../api/types';
import { accessibilityProblems } from '../../test/accessibility';
import { FakeServer, json, owner, problem, viewer } from '../../test/fake-server';
import { webhook } from '../../test/samples';
import { showApp } from '../../test/show-app';

const TOKEN = 'bpoc_key_dGhpcyBpcyBhIGtleSB0aGF0IG9wZW5zIHRoaW5ncw';
const LINK = 'https://webhooks.example/invite#bpoc_inv_dGhpcyBpcyBhbiBpbnZpdGU';

const key: ApiKey = {
  id: 'k1',
  name: 'ATS sync',
  role: 'member',
  last4: 'x8Qd',
  created_by: 'Otto Owner',
  created_at: '2026-01-22T10:00:00.000Z',
  expires_at: null,
  expired: false,
  last_used_at: null,
};

const ben: Member = {
  id: 'u2',
  name: 'Ben Okafor',
  email: 'ben@agency.example',
  role: 'member',
  status: 'active',
  invite_expires_at: null,
  created_at: '2026-01-22T10:00:00.000Z',
};

const entry: AuditEntry = {
  id: 'a1',
  at: '2026-01-22T10:00:00.000Z',
  actor: { kind: 'user', id: 'u1', name: 'Otto Owner' },
  action: 'webhook.updated',
  target: { kind: 'webhook', id: 'w1' },
  details: { fields: ['url', 'events'] },
};

const page = (...data: unknown[]) => ({ data, next_cursor: null });

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer().on('GET /api/me', owner());
});

describe('API keys', () => {
  const PATH = '/recruiter/api/keys';
  const LIST = 'GET /api/recruiter/api-keys';
  const CREATE = 'POST /api/recruiter/api-keys';

  beforeEach(() => {
    server.on(LIST, page(key));
  });

  it('are listed with what each may do and when it was used', async () => {
    showApp(PATH);
    const row = (await screen.findByRole('rowheader', { name: /ATS sync/ })).closest('tr');
    expect(row?.textContent).toContain('bpoc_key_…x8Qd');
    expect(row?.textContent).toContain('Member');
    expect(row?.textContent).toContain('never');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('are made with a name, shown once, and gone from the page afterwards', async () => {
    server.on(CREATE, () => json({ ...key, id: 'k2', token: TOKEN }, 201));
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'New key' }));
    await user.click(await screen.findByRole('button', { name: 'Make key' }));
    expect(screen.getByText('Say what the key is for.')).toBeTruthy();
    expect(server.to(CREATE)).toHaveLength(0);
    expect(await accessibilityProblems()).toEqual([]);
    await user.type(screen.getByLabelText('What is it for?'), 'Payroll');
    await user.click(screen.getByRole('radio', { name: 'Admin' }));
    await user.selectOptions(screen.getByLabelText('When does it expire?'), 'In 30 days');
    await user.click(screen.getByRole('button', { name: 'Make key' }));
    expect(await screen.findByText('We show it only once.')).toBeTruthy();
    const body = server.to(CREATE)[0]?.body as { name: string; role: string; expires_at: string };
    expect([body.name, body.role]).toEqual(['Payroll', 'admin']);
    expect(Math.round((Date.parse(body.expires_at) - Date.now()) / 86_400_000)).toBe(30);
    await user.click(screen.getByRole('button', { name: 'Show' }));
    expect(screen.getByTestId('secret').textContent).toBe(TOKEN);
    await user.click(screen.getByRole('button', { name: 'Close' }));
    await user.click(await screen.findByRole('button', { name: 'Close anyway' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(document.body.innerHTML).not.toContain(TOKEN);
  });

  it('cannot be made with a higher role than one’s own', async () => {
    server.on('GET /api/me', owner({ role: 'admin', rights: ['keys.write'] }));
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'New key' }));
    expect(await screen.findByRole('radio', { name: 'Admin' })).toBeTruthy();
    expect(screen.queryByRole('radio', { name: 'Owner' })).toBeNull();
  });

  it('are revoked after a confirmation', async () => {
    server.on('DELETE /api/recruiter/api-keys/k1', () => {
      server.on(LIST, page());
      return json(null, 204);
    });
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Revoke ATS sync' }));
    await user.click(await screen.findByRole('button', { name: 'Revoke key' }));
    expect(await screen.findByText('No keys yet.')).toBeTruthy();
    expect(screen.getByText('ATS sync is revoked.')).toBeTruthy();
  });

  it('stay on screen when they cannot be refreshed', async () => {
    server.on('DELETE /api/recruiter/api-keys/k1', () => {
      server.on(LIST, () => problem(503, 'database_unavailable'));
      return json(null, 204);
    });
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Revoke ATS sync' }));
    await user.click(await screen.findByRole('button', { name: 'Revoke key' }));
    expect((await screen.findByText(/We could not refresh the keys\./)).textContent).toContain('req-7');
    expect(screen.getByRole('rowheader', { name: /ATS sync/ })).toBeTruthy();
  });

  it('leave the focus on the next one when one is revoked', async () => {
    const last = { ...key, id: 'k3', name: 'Old CRM' };
    server.on(LIST, page(key, { ...key, id: 'k2', name: 'Payroll' }, last));
    server.on('DELETE /api/recruiter/api-keys/k1', () => {
      server.on(LIST, page({ ...key, id: 'k2', name: 'Payroll' }, last));
      return json(null, 204);
    });
    server.on('DELETE /api/recruiter/api-keys/k3', () => {
      server.on(LIST, page({ ...key, id: 'k2', name: 'Payroll' }));
      return json(null, 204);
    });
    const { user } = showApp(PATH);
    for (const name of ['Revoke ATS sync', 'Revoke Old CRM']) {
      await user.click(await screen.findByRole('button', { name }));
      await user.click(await screen.findByRole('button', { name: 'Revoke key' }));
      await waitFor(() => expect(screen.queryByRole('button', { name })).toBeNull());
      await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toBe('Revoke Payroll'));
    }
  });

  it('are not requested for a person without access', async () => {
    server.on('GET /api/me', viewer());
    showApp(PATH);
    expect((await screen.findAllByText(/Only admins can see and create API keys\./)).length).toBeGreaterThan(0);
    expect(screen.getByRole('button', { name: 'New key' }).getAttribute('aria-disabled')).toBe('true');
    expect(screen.getByRole('link', { name: 'Back to Webhooks' }).getAttribute('href')).toBe('/recruiter/api/webhooks');
    expect(server.to(LIST)).toHaveLength(0);
  });

  it('say so when the server refuses or fails', async () => {
    server.on(LIST, () => problem(503, 'database_unavailable'));
    const { user } = showApp(PATH);
    expect((await screen.findByRole('alert')).textContent).toContain('req-7');
    server.on(LIST, () => problem(403, 'forbidden'));
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Only admins can see API keys.')).toBeTruthy();
  });
});

describe('members', () => {
  const PATH = '/recruiter/api/members';
  const LIST = 'GET /api/recruiter/members';
  const INVITE = 'POST /api/recruiter/members';
  const otto: Member = { ...ben, id: 'u1', name: 'Otto Owner', email: 'otto@agency.example', role: 'owner' };

  beforeEach(() => {
    server.on(LIST, page(otto, ben));
  });

  it('are listed with role and state; oneself is marked', async () => {
    const until = new Date(Date.now() + 86_400_000).toISOString();
    server.on(LIST, page(otto, { ...ben, status: 'invited', invite_expires_at: until }));
    showApp(PATH);
    expect(await screen.findByRole('rowheader', { name: /Otto Owner \(you\)/ })).toBeTruthy();
    const row = screen.getByRole('rowheader', { name: /Ben Okafor/ }).closest('tr');
    expect(row?.textContent).toContain('Invited');
    expect(row?.textContent).toContain('link works until');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('are invited by a link that is shown once', async () => {
    server.on(INVITE, () => json({ ...ben, id: 'u3', name: 'ada@agency.example', invite_url: LINK }, 201));
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Invite someone' }));
    await user.click(await screen.findByRole('button', { name: 'Invite' }));
    expect(screen.getByText('Enter their email address.')).toBeTruthy();
    await user.type(screen.getByLabelText('Email'), 'ada@agency.example');
    await user.click(screen.getByRole('radio', { name: 'Viewer' }));
    await user.click(screen.getByRole('button', { name: 'Invite' }));
    expect(await screen.findByText('We show it only once.')).toBeTruthy();
    expect(server.to(INVITE)[0]?.body).toEqual({ email: 'ada@agency.example', role: 'viewer' });
    expect(document.body.innerHTML).not.toContain(LINK);
    await user.click(screen.getByRole('button', { name: 'Show' }));
    expect(screen.getByTestId('secret').textContent).toBe(LINK);
    await user.click(screen.getByRole('button', { name: 'Done' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(document.body.innerHTML).not.toContain(LINK);
  });

  it('get a new link with the role they have', async () => {
    server.on(INVITE, () => json({ ...ben, invite_url: LINK }));
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'New link: Ben Okafor' }));
    await user.click(await screen.findByRole('button', { name: 'Make link' }));
    await screen.findByText('We show it only once.');
    expect(server.to(INVITE)[0]?.body).toEqual({ email: 'ben@agency.example', role: 'member' });
  });

  it('get another role', async () => {
    const CHANGE = 'PATCH /api/recruiter/members/u2';
    server.on(CHANGE, () => {
      server.on(LIST, page(otto, { ...ben, role: 'admin' }));
      return json({ ...ben, role: 'admin' });
    });
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Change role: Ben Okafor' }));
    await user.click(await screen.findByRole('radio', { name: 'Admin' }));
    await user.click(screen.getByRole('button', { name: 'Save role' }));
    expect(await screen.findByText('Ben Okafor is now: Admin.')).toBeTruthy();
    expect(server.to(CHANGE)[0]?.body).toEqual({ role: 'admin' });
    expect(screen.getByRole('rowheader', { name: /Ben Okafor/ }).closest('tr')?.textContent).toContain('Admin');
  });

  it('cannot be left without an owner, and the server’s reason is shown', async () => {
    const detail = 'The last owner cannot be removed. Make someone else an owner first.';
    server.on('DELETE /api/recruiter/members/u1', () => problem(409, 'last_owner', { detail }));
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Remove Otto Owner' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Remove Otto Owner' }));
    expect((await within(dialog).findByRole('alert')).textContent).toContain(detail);
  });

  it('can be seen by all, and changed by owners only', async () => {
    server.on('GET /api/me', viewer());
    showApp(PATH);
    const remove = await screen.findByRole('button', { name: 'Remove Ben Okafor' });
    expect(remove.getAttribute('aria-disabled')).toBe('true');
    expect(screen.getByRole('button', { name: 'Invite someone' }).getAttribute('aria-disabled')).toBe('true');
    expect(screen.getAllByText(/Only owners can invite people and give roles\./).length).toBeGreaterThan(0);
  });
});

describe('the audit log', () => {
  const PATH = '/recruiter/api/audit';
  const LIST = 'GET /api/recruiter/audit';

  beforeEach(() => {
    server.on('GET /api/recruiter/webhooks', page(webhook())).on('GET /api/recruiter/members', page(ben));
  });

  it('says in words who did what to what', async () => {
    server.on(LIST, page(entry));
    showApp(PATH);
    const row = (await screen.findByRole('rowheader', { name: /Webhook changed/ })).closest('tr');
    expect(row?.textContent).toContain('changed: address, events');
    expect(row?.textContent).toContain('Otto Owner');
    expect(
      within(row as HTMLElement)
        .getByRole('link', { name: 'Payroll sync' })
        .getAttribute('href'),
    ).toBe('/recruiter/api/webhooks/w1');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('names the person and the object of an action as far as they are known', async () => {
    const invited = { ...entry, action: 'user.invited', details: {} };
    const gone = { ...entry, id: 'a3', target: { kind: 'webhook', id: 'w-deleted-12345678' }, details: {} };
    server.on(
      LIST,
      page(
        { ...invited, id: 'a2', target: { kind: 'user', id: 'u2' } },
        { ...gone, action: 'webhook.deleted' },
        { ...gone, id: 'a4', details: { fields: ['is_active'], is_active: false } },
        { ...gone, id: 'a5', action: 'webhook.created', details: { events: ['*'] } },
      ),
    );
    showApp(PATH);
    expect(await screen.findByRole('cell', { name: 'Ben Okafor' })).toBeTruthy();
    expect(screen.getAllByRole('link', { name: 'Webhook …12345678' })).toHaveLength(3);
    expect(screen.getByText('turned off')).toBeTruthy();
    expect(screen.getByText('events: everything')).toBeTruthy();
  });

  it('writes times and spans as people read them', async () => {
    const details = { overlap_seconds: 86_400, expires_at: '2026-03-07T12:00:00.000Z', again: false };
    server.on(LIST, page({ ...entry, details }));
    showApp(PATH);
    const row = await screen.findByRole('rowheader', { name: /Webhook changed/ });
    expect(row.textContent).toMatch(/overlap: 24 h · expires at: 7 Mar( 2026)? \d\d:\d\d$/);
  });

  it('shows unknown actions as they are', async () => {
    server.on(LIST, page({ ...entry, action: 'robot.danced', target: null, details: {} }));
    showApp(PATH);
    expect(await screen.findByRole('rowheader', { name: 'robot.danced' })).toBeTruthy();
  });

  it('loads older entries below', async () => {
    server.on(LIST, ({ search }: { search: URLSearchParams }) =>
      search.get('cursor') === 'c2'
        ? json(page({ ...entry, id: 'a2', action: 'user.signed_in' }))
        : json({ data: [entry], next_cursor: 'c2' }),
    );
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Load more' }));
    expect(await screen.findByRole('rowheader', { name: /Signed in/ })).toBeTruthy();
    expect(screen.getByRole('rowheader', { name: /Webhook changed/ })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Load more' })).toBeNull();
  });

  it('groups repeated actions on the same target, and can show every time', async () => {
    const at = (minute: number) => `2026-01-22T10:${String(minute).padStart(2, '0')}:00.000Z`;
    const opened = (id: string, minute: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
      ...entry,
      id,
      at: at(minute),
      action: 'delivery.content_read',
      target: { kind: 'delivery', id: 'd1' },
      details: {},
      ...more,
    });
    const bens = opened('a5', 5, { actor: { kind: 'user', id: 'u2', name: 'Ben Okafor' } });
    const other = opened('a4', 4, { target: { kind: 'delivery', id: 'd2' } });
    server.on(LIST, ({ search }: { search: URLSearchParams }) =>
      search.get('cursor') === 'c2'
        ? json(page(opened('a2', 2), opened('a1', 1, { details: { tries: 2 } })))
        : json({ data: [opened('a7', 7), opened('a6', 6), bens, other, opened('a3', 3)], next_cursor: 'c2' }),
    );
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Load more' }));
    // The run continues on the second page; entries that differ in person, object or detail stay separate.
    await waitFor(() =>
      expect(screen.getAllByRole('rowheader').map((header) => header.textContent)).toEqual([
        'Message opened 2 times',
        'Message opened',
        'Message opened',
        'Message opened 2 times',
        'Message openedtries: 2',
      ]),
    );
    await user.click(screen.getAllByText(/^1 earlier, from/)[1] as HTMLElement);
    const shown = Array.from(document.querySelectorAll('time'), (time) => time.dateTime);
    expect(shown.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7].map(at));
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('is narrowed to one kind, and the address says so', async () => {
    server.on(LIST, page());
    const { user, history } = showApp(PATH);
    await user.selectOptions(await screen.findByLabelText('Show'), 'API keys');
    await waitFor(() => expect(history.location.search).toBe('?kind=key'));
    expect(await screen.findByText('Nothing of this kind yet.')).toBeTruthy();
    expect(server.to(LIST).at(-1)?.search.get('action')).toBe('key.*');
  });

  it('is hidden from members, with a note on who has access', async () => {
    server.on('GET /api/me', viewer());
    showApp(PATH);
    expect(await screen.findByText('Only admins can read the audit log. Your admins: Otto Owner.')).toBeTruthy();
    expect(server.to(LIST)).toHaveLength(0);
  });
});

describe('the header', () => {
  it('has the theme switch and the help', async () => {
    server.on('GET /api/recruiter/members', page(ben));
    const { user } = showApp('/recruiter/api/members');
    await user.click(await screen.findByRole('button', { name: 'Switch to the dark theme' }));
    expect(document.documentElement.getAttribute('data-mantine-color-scheme')).toBe('dark');
    await user.click(screen.getByRole('button', { name: 'Switch to the light theme' }));
    await user.click(screen.getByRole('button', { name: 'Help: keyboard shortcuts' }));
    expect(await screen.findByRole('dialog', { name: 'Keyboard shortcuts' })).toBeTruthy();
  });
});

describe('the account menu', () => {
  it('leads to the members, the keys and the audit log', async () => {
    server.on('GET /api/recruiter/members', page(ben));
    const { user } = showApp('/recruiter/api/members');
    await user.click(await screen.findByRole('button', { name: /^Account/ }));
    const names = ['Members', 'API keys', 'Audit log'];
    const links = await Promise.all(names.map((name) => screen.findByRole('menuitem', { name })));
    expect(links.map((link) => link.getAttribute('href'))).toEqual([
      '/recruiter/api/members',
      '/recruiter/api/keys',
      '/recruiter/api/audit',
    ]);
  });
});
