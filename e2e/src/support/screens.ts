import type { Locator, Page } from 'playwright-core';
import type { SeededAgency } from './agency.js';
import type { TestServer } from './server.js';

/* Every screen and overlay of the admin app, and how to get there: for the pictures, and for the rules that hold on all of them. */

export interface Visit {
  page: Page;
  server: TestServer;
  agency: SeededAgency;
}

export interface Screen {
  name: string;
  /** Who looks at it. Default: the owner. */
  as?: 'nobody' | 'viewer';
  show(visit: Visit): Promise<unknown>;
}

/** Opens a screen and waits until nothing of it is still loading. */
async function go({ page, server }: Visit, path: string): Promise<void> {
  await page.goto(server.url + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await settled(page);
}

/** Grey rows are gone. */
async function settled(page: Page): Promise<void> {
  await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
}

const dialogOf = (page: Page): Locator => page.getByRole('dialog').last();
const openDialog = async ({ page }: Visit, button: string | RegExp): Promise<void> => {
  await page.getByRole('button', { name: button }).first().click();
  await dialogOf(page).waitFor();
  await settled(page);
};
const webhook = (id: string, tab = '') => `/recruiter/api/webhooks/${id}${tab}`;

/** Answers one route with something else, for states that a healthy server does not show. */
async function instead({ page }: Visit, route: RegExp, answer: 'empty' | 'error' | 'forever'): Promise<void> {
  await page.route(route, async (asked) => {
    if (answer === 'empty') return asked.fulfill({ json: { data: [], next_cursor: null } });
    if (answer === 'error')
      return asked.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        json: {
          type: 'about:blank',
          title: 'Error',
          status: 500,
          code: 'internal',
          detail: 'Something went wrong.',
          request_id: 'r-1',
        },
      });
    return undefined;
  });
}

const WEBHOOKS = /\/api\/recruiter\/webhooks$/;
const DELIVERIES = /\/api\/recruiter\/deliveries(\/counts)?\?/;

const guide: Screen[] = [
  '',
  '/events',
  '/events/application.created',
  '/verify',
  '/checker',
  '/tries',
  '/limits',
  '/problems',
].map((part) => ({
  name: `guide${part.replaceAll('/', '-')}`,
  show: (visit) => go(visit, `/recruiter/api/guide${part}`),
}));

const drawerTabs: Screen[] = ['Sent', 'Answer', 'Headers', 'Signature'].map((tab) => ({
  name: `delivery-${tab.toLowerCase()}`,
  show: async (visit) => {
    const { id } = await visit.agency.deliveryIn('failed');
    await go(visit, `/recruiter/api/deliveries/${id}`);
    await visit.page.getByRole('tab', { name: tab }).click();
    await settled(visit.page);
  },
}));

const drawers: Screen[] = ['delivered', 'failed', 'waiting', 'skipped', 'cancelled'].map((status) => ({
  name: `drawer-${status}`,
  show: async (visit) => {
    const { id } = await visit.agency.deliveryIn(status);
    await go(visit, `/recruiter/api/deliveries?delivery=${id}`);
    await visit.page.getByText(id).first().waitFor();
    await settled(visit.page);
  },
}));

const states: Screen[] = [
  {
    name: 'webhooks-none',
    show: async (visit) => {
      await instead(visit, WEBHOOKS, 'empty');
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.getByRole('button', { name: 'Use a test inbox' }).waitFor();
    },
  },
  {
    name: 'webhooks-error',
    show: async (visit) => {
      await instead(visit, WEBHOOKS, 'error');
      await go(visit, '/recruiter/api/webhooks');
    },
  },
  {
    name: 'webhooks-loading',
    show: async (visit) => {
      await instead(visit, WEBHOOKS, 'forever');
      await visit.page.goto(`${visit.server.url}/recruiter/api/webhooks`);
      await visit.page.getByText('Loading webhooks').waitFor();
    },
  },
  { name: 'deliveries-no-match', show: (visit) => go(visit, '/recruiter/api/deliveries?q=nothing-has-this') },
  {
    name: 'deliveries-error',
    show: async (visit) => {
      await instead(visit, DELIVERIES, 'error');
      await go(visit, '/recruiter/api/deliveries');
    },
  },
  { name: 'not-found', show: (visit) => visit.page.goto(`${visit.server.url}/recruiter/api/nowhere`) },
  { name: 'webhook-gone', show: (visit) => go(visit, webhook('0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21')) },
];

export const SCREENS: readonly Screen[] = [
  { name: 'sign-in', as: 'nobody', show: (visit) => go(visit, '/sign-in') },
  {
    name: 'sign-in-refused',
    as: 'nobody',
    show: async (visit) => {
      await go(visit, '/sign-in');
      await visit.page.getByRole('button', { name: 'Sign in' }).click();
    },
  },
  { name: 'invite', as: 'nobody', show: ({ page, agency }) => page.goto(agency.inviteUrl) },
  { name: 'webhooks', show: (visit) => go(visit, '/recruiter/api/webhooks') },
  { name: 'webhooks-viewer', as: 'viewer', show: (visit) => go(visit, '/recruiter/api/webhooks') },
  {
    name: 'webhook-menu',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.getByRole('button', { name: 'More for Payroll sync' }).click();
      await visit.page.getByRole('menu').waitFor();
    },
  },
  ...states,
  {
    name: 'add-webhook',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks/new');
      await visit.page.getByRole('checkbox', { name: 'Applications' }).waitFor();
    },
  },
  {
    name: 'add-webhook-example',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks/new');
      await visit.page.getByRole('searchbox', { name: 'Search events' }).fill('hired');
      await visit.page
        .getByRole('button', { name: /^see example/ })
        .first()
        .click();
    },
  },
  {
    name: 'webhook-menu-viewer',
    as: 'viewer',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.getByRole('button', { name: 'More for Payroll sync' }).click();
      await visit.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'add-webhook-wrong',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks/new');
      await visit.page.getByRole('checkbox', { name: 'Applications' }).waitFor();
      await visit.page.getByRole('button', { name: 'Create webhook' }).click();
      await visit.page.getByText('Choose at least one event.').waitFor();
    },
  },
  {
    name: 'add-webhook-inbox',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks/new');
      await visit.page.getByRole('button', { name: 'Use a test inbox' }).click();
      await visit.page.getByText(/A test inbox of BPOC/).waitFor();
    },
  },
  { name: 'add-webhook-viewer', as: 'viewer', show: (visit) => go(visit, '/recruiter/api/webhooks/new') },
  { name: 'webhook-healthy', show: (visit) => go(visit, webhook(visit.agency.payroll.id)) },
  { name: 'webhook-failing', show: (visit) => go(visit, webhook(visit.agency.ats.id)) },
  { name: 'webhook-paused', show: (visit) => go(visit, webhook(visit.agency.reports.id)) },
  { name: 'webhook-off', show: (visit) => go(visit, webhook(visit.agency.oldCrm.id)) },
  { name: 'inbox', show: (visit) => go(visit, webhook(visit.agency.inbox.id, '/inbox')) },
  { name: 'inbox-viewer', as: 'viewer', show: (visit) => go(visit, webhook(visit.agency.inbox.id, '/inbox')) },
  {
    name: 'inbox-empty',
    show: async (visit) => {
      await instead(visit, /\/api\/recruiter\/inboxes\/.*\/messages$/, 'empty');
      await go(visit, webhook(visit.agency.inbox.id, '/inbox'));
    },
  },
  {
    name: 'inbox-delete',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.inbox.id, '/inbox'));
      await openDialog(visit, 'Delete messages…');
    },
  },
  { name: 'settings', show: (visit) => go(visit, webhook(visit.agency.payroll.id, '/settings')) },
  { name: 'settings-viewer', as: 'viewer', show: (visit) => go(visit, webhook(visit.agency.payroll.id, '/settings')) },
  {
    name: 'settings-headers',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.payroll.id, '/settings'));
      await visit.page.getByRole('button', { name: 'Add a header' }).click();
      await visit.page.getByRole('button', { name: 'Save headers' }).click();
      await visit.page.getByText('Enter the name of the header.').waitFor();
    },
  },
  {
    name: 'settings-conflict',
    show: async (visit) => {
      const { page, agency } = visit;
      const path = `/api/recruiter/webhooks/${agency.payroll.id}`;
      await go(visit, webhook(agency.payroll.id, '/settings'));
      const description = page.getByRole('textbox', { name: 'Description' });
      const before = await description.inputValue();
      await description.fill(`${before} 2`);
      // What a colleague stores meanwhile: only this page sees it.
      await page.route(`**${path}`, async (route) => {
        if (route.request().method() === 'GET') {
          const response = await route.fetch();
          return route.fulfill({ response, json: { ...(await response.json()), description: 'Wages' } });
        }
        const body = { type: 'about:blank', title: 'No', status: 412, code: 'precondition_failed', detail: 'No.' };
        return route.fulfill({
          status: 412,
          contentType: 'application/problem+json',
          json: { ...body, request_id: 'r-1' },
        });
      });
      await page.getByRole('button', { name: 'Save description' }).click();
      await page.getByText(/Somebody else changed this to/).waitFor();
    },
  },
  {
    name: 'settings-new-secret',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.ats.id, '/settings'));
      await openDialog(visit, 'Make a new secret…');
    },
  },
  {
    name: 'settings-secret-once',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.oldCrm.id, '/settings'));
      await openDialog(visit, 'Make a new secret…');
      await visit.page.getByRole('radio', { name: 'Now — it leaked' }).check();
      await dialogOf(visit.page).getByRole('button', { name: 'Make a new secret' }).click();
      await visit.page.getByText('We show it only this one time.').waitFor();
    },
  },
  {
    name: 'settings-end-secret',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.payroll.id, '/settings'));
      await openDialog(visit, 'End it now');
    },
  },
  {
    name: 'settings-delete',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.payroll.id, '/settings'));
      await openDialog(visit, 'Delete webhook…');
    },
  },
  {
    name: 'turn-off',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.payroll.id));
      await visit.page.getByRole('switch').first().focus();
      await visit.page.keyboard.press('Space');
      await dialogOf(visit.page).waitFor();
    },
  },
  {
    name: 'test',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.payroll.id));
      await openDialog(visit, 'Send test');
    },
  },
  {
    name: 'test-answer',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.payroll.id));
      await openDialog(visit, 'Send test');
      await dialogOf(visit.page).getByText('See the message we will send').click();
      await dialogOf(visit.page).getByRole('button', { name: 'Send test' }).click();
      await visit.page.getByText(/^Sent \d/).waitFor();
    },
  },
  { name: 'deliveries', show: (visit) => go(visit, '/recruiter/api/deliveries') },
  {
    name: 'deliveries-chosen',
    show: async (visit) => {
      await go(visit, '/recruiter/api/deliveries?status=failed');
      await visit.page.getByRole('checkbox').nth(1).check();
    },
  },
  {
    name: 'resend-many',
    show: async (visit) => {
      await go(visit, `/recruiter/api/deliveries?status=skipped&webhook_id=${visit.agency.oldCrm.id}`);
      await openDialog(visit, /^Resend all/);
    },
  },
  ...drawers,
  ...drawerTabs,
  {
    name: 'delivery-viewer',
    as: 'viewer',
    show: async (visit) => {
      const { id } = await visit.agency.deliveryIn('failed');
      await go(visit, `/recruiter/api/deliveries/${id}`);
      await visit.page.getByRole('tab', { name: 'Sent' }).click();
    },
  },
  ...guide,
  {
    name: 'guide-verify-no-code',
    show: async (visit) => {
      await go(visit, '/recruiter/api/guide/verify');
      // The radio itself is drawn by its label.
      await visit.page.locator('label', { hasText: 'No code' }).click();
      await visit.page.getByRole('heading', { name: 'Zapier' }).waitFor();
    },
  },
  {
    name: 'guide-send-as-test',
    show: async (visit) => {
      await go(visit, '/recruiter/api/guide/events/application.created');
      await visit.page.getByRole('button', { name: 'Send this as a test to' }).click();
      await visit.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'guide-checker-wrong',
    show: async (visit) => {
      await go(visit, '/recruiter/api/guide/checker');
      await visit.page.getByRole('button', { name: /^Check/ }).click();
    },
  },
  { name: 'members', show: (visit) => go(visit, '/recruiter/api/members') },
  { name: 'members-viewer', as: 'viewer', show: (visit) => go(visit, '/recruiter/api/members') },
  {
    name: 'members-invite',
    show: async (visit) => {
      await go(visit, '/recruiter/api/members');
      await openDialog(visit, /^Invite/);
    },
  },
  {
    name: 'members-role',
    show: async (visit) => {
      await go(visit, '/recruiter/api/members');
      await openDialog(visit, 'Change role: Vera Viewer');
    },
  },
  {
    name: 'members-remove',
    show: async (visit) => {
      await go(visit, '/recruiter/api/members');
      await openDialog(visit, 'Remove Vera Viewer');
    },
  },
  { name: 'keys', show: (visit) => go(visit, '/recruiter/api/keys') },
  { name: 'keys-viewer', as: 'viewer', show: (visit) => go(visit, '/recruiter/api/keys') },
  {
    name: 'keys-new',
    show: async (visit) => {
      await go(visit, '/recruiter/api/keys');
      await openDialog(visit, /(Make a|New) key/);
    },
  },
  { name: 'audit', show: (visit) => go(visit, '/recruiter/api/audit') },
  { name: 'audit-viewer', as: 'viewer', show: (visit) => go(visit, '/recruiter/api/audit') },
  {
    name: 'account-menu',
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.getByRole('button', { name: /^Account:/ }).click();
      await visit.page.getByRole('menu').waitFor();
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
