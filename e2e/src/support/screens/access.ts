import { alter, answer, API, dialogOf, go, listStates, openDialog, refuse, type Screen } from './visit.js';

/* People, keys, the audit log and sign-in. */

const MEMBERS = '/recruiter/api/members';
const KEYS = '/recruiter/api/keys';
const AUDIT = '/recruiter/api/audit';
const FOUND = {
  client: 'bpoc-webhooks on anna-laptop',
  address: '203.0.113.7',
  started_at: new Date().toISOString(),
  expires_at: '2026-01-22T10:40:00.000Z',
};
const TIMES = { created_at: '2026-01-22T10:30:00.000Z', invite_expires_at: '2026-01-29T10:30:00.000Z' };

export const session: Screen[] = [
  { name: 'sign-in', as: 'signed-out', show: (visit) => go(visit, '/sign-in') },
  {
    name: 'sign-in-missing',
    as: 'signed-out',
    state: true,
    show: async (visit) => {
      await go(visit, '/sign-in');
      await visit.page.getByRole('button', { name: 'Sign in' }).click();
    },
  },
  {
    name: 'sign-in-refused',
    as: 'signed-out',
    state: true,
    show: async (visit) => {
      await refuse(visit, /\/api\/auth\/login/, 401, 'invalid_credentials');
      await go(visit, '/sign-in');
      await visit.page.getByLabel('Email').fill('person@agency.example');
      await visit.page.getByLabel('Password', { exact: true }).fill('wrong password');
      await visit.page.getByRole('button', { name: 'Sign in' }).click();
      await visit.page.getByRole('alert').waitFor();
    },
  },
  { name: 'forgot-password', as: 'signed-out', show: (visit) => go(visit, '/forgot-password') },
  {
    name: 'forgot-password-sent',
    as: 'signed-out',
    state: true,
    show: async (visit) => {
      await answer(visit, /\/api\/auth\/forgot-password/, {}, { method: 'POST', status: 202 });
      await go(visit, '/forgot-password');
      await visit.page.getByLabel('Email').fill('person@agency.example');
      await visit.page.getByRole('button', { name: 'Send the link' }).click();
      await visit.page.getByRole('heading', { name: 'Check your inbox' }).waitFor();
    },
  },
  { name: 'reset-password', as: 'signed-out', show: (visit) => go(visit, '/reset-password#bpoc_rst_x') },
  { name: 'invite', as: 'signed-out', show: ({ page, agency }) => page.goto(agency.inviteUrl) },
  { name: 'not-found', state: true, show: (visit) => visit.page.goto(`${visit.server.url}/recruiter/api/nowhere`) },
  {
    name: 'account-menu',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.getByRole('button', { name: /^Account:/ }).click();
      await visit.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'palette',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.keyboard.press('Control+k');
      await dialogOf(visit.page).waitFor();
    },
  },
  {
    name: 'palette-found',
    state: true,
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.keyboard.press('Control+k');
      await dialogOf(visit.page).getByRole('combobox').fill('payroll');
      await dialogOf(visit.page).getByRole('option', { name: 'Settings of Payroll sync' }).waitFor();
    },
  },
  {
    name: 'palette-nothing',
    state: true,
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.keyboard.press('Control+k');
      await dialogOf(visit.page).getByRole('combobox').fill('~');
      await dialogOf(visit.page).getByText('Nothing matches.').waitFor();
    },
  },
  {
    name: 'shortcuts',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.keyboard.press('?');
      await dialogOf(visit.page).waitFor();
    },
  },
  {
    name: 'change-password',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.getByRole('button', { name: /^Account:/ }).click();
      await visit.page.getByRole('menuitem', { name: 'Change password' }).click();
      await dialogOf(visit.page).waitFor();
    },
  },
];

const members: Screen[] = [
  {
    name: 'account',
    show: async (visit) => {
      await alter(visit, /\/api\/me$/, (me: object) => ({ ...me, digest: 'weekly' }));
      await go(visit, '/recruiter/api/account');
    },
  },
  { name: 'members', show: (visit) => go(visit, MEMBERS) },
  { name: 'members-viewer', as: 'viewer', state: true, show: (visit) => go(visit, MEMBERS) },
  ...listStates('members', API.members, MEMBERS),
  {
    name: 'members-invite',
    show: async (visit) => {
      await go(visit, MEMBERS);
      await openDialog(visit, /^Invite/);
    },
  },
  {
    name: 'members-link-once',
    show: async (visit) => {
      const invite_url = `${visit.server.url}/invite#bpoc_inv_${'x'.repeat(32)}`;
      const invited = { id: 'm1', name: 'Nils', email: 'nils@agency.example', role: 'member', status: 'invited' };
      await answer(visit, API.members, { ...invited, ...TIMES, invite_url }, { method: 'POST', status: 201 });
      await go(visit, MEMBERS);
      await openDialog(visit, /^Invite/);
      await dialogOf(visit.page).getByLabel('Email').fill('nils@agency.example');
      await dialogOf(visit.page).getByRole('button', { name: 'Invite' }).click();
      await dialogOf(visit.page).getByRole('button', { name: 'Show', exact: true }).click();
    },
  },
  {
    name: 'members-new-link',
    show: async (visit) => {
      await go(visit, MEMBERS);
      await openDialog(visit, 'New link: Vera Viewer');
    },
  },
  {
    name: 'members-role',
    show: async (visit) => {
      await go(visit, MEMBERS);
      await openDialog(visit, 'Change role: Vera Viewer');
    },
  },
  {
    name: 'members-remove',
    show: async (visit) => {
      await go(visit, MEMBERS);
      await openDialog(visit, 'Remove Vera Viewer');
    },
  },
];

const keys: Screen[] = [
  { name: 'keys', show: (visit) => go(visit, KEYS) },
  { name: 'keys-viewer', as: 'viewer', state: true, show: (visit) => go(visit, KEYS) },
  ...listStates('keys', API.keys, KEYS),
  {
    name: 'keys-new',
    show: async (visit) => {
      await go(visit, KEYS);
      await openDialog(visit, /(Make a|New) key/);
    },
  },
  {
    name: 'sign-in-code',
    show: async (visit) => {
      await answer(visit, /sign-in-codes\/find/, FOUND, { method: 'POST', status: 200 });
      await go(visit, '/recruiter/api/sign-in-code');
    },
  },
  {
    name: 'sign-in-code-found',
    show: async (visit) => {
      await keys.find(({ name }) => name === 'sign-in-code')!.show(visit);
      await visit.page.getByLabel('Code').fill('BCDF-GHJK');
      await visit.page.getByRole('button', { name: 'Continue' }).click();
      await visit.page.getByRole('button', { name: 'Allow' }).waitFor();
    },
  },
  {
    name: 'sign-in-code-done',
    state: true,
    show: async (visit) => {
      await answer(visit, /sign-in-codes\/answer/, null, { method: 'POST', status: 204 });
      await keys.find(({ name }) => name === 'sign-in-code-found')!.show(visit);
      await visit.page.getByRole('button', { name: 'Allow' }).click();
      await visit.page.getByText('Go back to the command line').waitFor();
    },
  },
  {
    name: 'sign-in-code-wrong',
    state: true,
    show: async (visit) => {
      await refuse(visit, /sign-in-codes\/find/, 404, 'not_found');
      await go(visit, '/recruiter/api/sign-in-code');
      await visit.page.getByLabel('Code').fill('BCDF-GHJK');
      await visit.page.getByRole('button', { name: 'Continue' }).click();
      await visit.page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'keys-once',
    show: async (visit) => {
      const key = { id: 'k1', name: 'ATS sync', role: 'viewer', last4: 'xxxx', created_at: TIMES.created_at };
      await answer(visit, API.keys, { ...key, token: `bpoc_key_${'x'.repeat(43)}` }, { method: 'POST', status: 201 });
      await go(visit, KEYS);
      await openDialog(visit, /(Make a|New) key/);
      await dialogOf(visit.page).getByRole('textbox').first().fill('ATS sync');
      await dialogOf(visit.page).getByRole('button', { name: 'Make key' }).click();
      await dialogOf(visit.page).getByRole('button', { name: 'Show', exact: true }).click();
    },
  },
  {
    name: 'keys-lose',
    state: true,
    show: async (visit) => {
      await keys.find(({ name }) => name === 'keys-once')!.show(visit);
      await dialogOf(visit.page).getByRole('button', { name: 'Close', exact: true }).click();
      await dialogOf(visit.page).getByRole('button', { name: 'Stay here' }).waitFor();
    },
  },
  {
    name: 'keys-revoke',
    show: async (visit) => {
      await go(visit, KEYS);
      await openDialog(visit, /^Revoke/);
    },
  },
];

const audit: Screen[] = [
  { name: 'audit', show: (visit) => go(visit, AUDIT) },
  { name: 'audit-viewer', as: 'viewer', state: true, show: (visit) => go(visit, AUDIT) },
  ...listStates('audit', API.audit, AUDIT),
];

export const access: Screen[] = [...members, ...keys, ...audit];
