import { alter, answer, API, dialogOf, go, goLoading, neverAnswer, NOTHING, openDialog, refuse } from './visit.js';
import { webhook, type Screen, type Visit } from './visit.js';
import { SECRET } from './webhooks.js';

/* One webhook: activity, test inbox, settings. */

interface Detail {
  recent_deliveries: unknown[];
}

const one = (visit: Visit) => webhook(visit.agency.payroll.id);
const settings = (visit: Visit) => webhook(visit.agency.payroll.id, '/settings');
const inbox = (visit: Visit) => webhook(visit.agency.inbox.id, '/inbox');

const activity: Screen[] = [
  { name: 'webhook-healthy', show: (visit) => go(visit, one(visit)) },
  { name: 'webhook-failing', show: (visit) => go(visit, webhook(visit.agency.ats.id)) },
  { name: 'webhook-paused', show: (visit) => go(visit, webhook(visit.agency.reports.id)) },
  {
    name: 'webhook-slowed-down',
    state: true,
    show: async (visit) => {
      const held = { health: 'slowed_down', held_until: new Date(Date.now() + 3_600_000).toISOString() };
      await alter(visit, API.webhook, (all: Detail) => ({ ...all, ...held }));
      await go(visit, one(visit));
      await visit.page.getByText(/^Slowed down: their server asked us to wait until/).waitFor();
    },
  },
  { name: 'webhook-off', show: (visit) => go(visit, webhook(visit.agency.oldCrm.id)) },
  { name: 'webhook-viewer', as: 'viewer', state: true, show: (visit) => go(visit, one(visit)) },
  {
    name: 'webhook-chart-as-table',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.ats.id));
      await visit.page.getByRole('button', { name: 'Show as table' }).click();
      await visit.page.getByRole('columnheader', { name: 'Hour from' }).waitFor();
    },
  },
  {
    name: 'webhook-loading',
    state: true,
    show: async (visit) => {
      await neverAnswer(visit, API.webhook);
      await goLoading(visit, one(visit));
    },
  },
  {
    name: 'webhook-error',
    state: true,
    show: async (visit) => {
      await refuse(visit, API.webhook);
      await go(visit, one(visit));
      await visit.page.getByRole('button', { name: 'Try again' }).waitFor();
    },
  },
  {
    name: 'webhook-empty',
    state: true,
    show: async (visit) => {
      await alter(visit, API.webhook, (all: Detail) => ({ ...all, health: 'new', recent_deliveries: [] }));
      await go(visit, one(visit));
      await visit.page.getByText('Nothing sent yet.').waitFor();
    },
  },
  { name: 'webhook-gone', state: true, show: (visit) => go(visit, webhook('0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21')) },
];

const inboxes: Screen[] = [
  { name: 'inbox', show: (visit) => go(visit, inbox(visit)) },
  { name: 'inbox-viewer', as: 'viewer', state: true, show: (visit) => go(visit, inbox(visit)) },
  {
    name: 'inbox-empty',
    state: true,
    show: async (visit) => {
      await answer(visit, API.messages, NOTHING);
      await go(visit, inbox(visit));
      await visit.page.getByText('Nothing has arrived yet.').waitFor();
    },
  },
  {
    name: 'inbox-loading',
    state: true,
    show: async (visit) => {
      await neverAnswer(visit, API.messages);
      await goLoading(visit, inbox(visit));
    },
  },
  {
    name: 'inbox-error',
    state: true,
    show: async (visit) => {
      await refuse(visit, API.messages);
      await go(visit, inbox(visit));
      await visit.page.getByRole('button', { name: 'Try again' }).waitFor();
    },
  },
  {
    name: 'inbox-delete',
    show: async (visit) => {
      await go(visit, inbox(visit));
      await openDialog(visit, 'Delete messages…');
    },
  },
];

const changing: Screen[] = [
  { name: 'settings', show: (visit) => go(visit, settings(visit)) },
  { name: 'settings-viewer', as: 'viewer', state: true, show: (visit) => go(visit, settings(visit)) },
  {
    name: 'settings-changed-meanwhile',
    state: true,
    show: async (visit) => {
      await refuse(visit, API.webhook, 412, 'precondition_failed', 'PATCH');
      await go(visit, settings(visit));
      await visit.page.getByRole('textbox', { name: 'Name of the webhook' }).fill('Payroll of the north');
      await visit.page.getByRole('button', { name: 'Save name' }).click();
      await visit.page.getByText(/Someone else just changed another part/).waitFor();
    },
  },
  {
    name: 'settings-conflict',
    state: true,
    show: async (visit) => {
      await go(visit, settings(visit));
      await visit.page.getByRole('textbox', { name: 'Name of the webhook' }).fill('Payroll of the north');
      // Stored by a colleague in the meantime; only this page sees it.
      await alter(visit, API.webhook, (all: Detail) => ({ ...all, description: 'Wages' }));
      await refuse(visit, API.webhook, 412, 'precondition_failed', 'PATCH');
      await visit.page.getByRole('button', { name: 'Save name' }).click();
      await visit.page.getByText(/Someone else changed this to/).waitFor();
    },
  },
  {
    name: 'settings-headers',
    show: async (visit) => {
      await go(visit, settings(visit));
      await visit.page.getByRole('button', { name: 'Add a header' }).click();
      await visit.page.getByRole('button', { name: 'Save headers' }).click();
      await visit.page.getByText('Enter the name of the header.').waitFor();
    },
  },
  {
    name: 'settings-new-secret',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.ats.id, '/settings'));
      await openDialog(visit, 'Create a new secret…');
    },
  },
  {
    name: 'settings-new-secret-twice',
    state: true,
    show: async (visit) => {
      await go(visit, settings(visit));
      await openDialog(visit, 'Create a new secret…');
    },
  },
  {
    name: 'settings-secret-once',
    show: async (visit) => {
      await answer(visit, /\/secret$/, { ...visit.agency.oldCrm, secret: SECRET }, { method: 'POST' });
      await go(visit, webhook(visit.agency.oldCrm.id, '/settings'));
      await openDialog(visit, 'Create a new secret…');
      await visit.page.getByRole('radio', { name: 'Right now (it was leaked)' }).check();
      await dialogOf(visit.page).getByRole('button', { name: 'Create a new secret' }).click();
      await visit.page.getByText('We show it only once.').waitFor();
    },
  },
  {
    name: 'settings-end-secret',
    show: async (visit) => {
      await go(visit, settings(visit));
      await openDialog(visit, 'End it now');
    },
  },
  {
    name: 'settings-delete',
    show: async (visit) => {
      await go(visit, settings(visit));
      await openDialog(visit, 'Delete webhook…');
    },
  },
  {
    name: 'settings-delete-wrong',
    state: true,
    show: async (visit) => {
      await go(visit, settings(visit));
      await openDialog(visit, 'Delete webhook…');
      await dialogOf(visit.page).getByRole('textbox').fill('Payroll');
      await dialogOf(visit.page).getByRole('button', { name: 'Delete webhook' }).click();
      await dialogOf(visit.page)
        .getByText(/exactly as shown/)
        .waitFor();
    },
  },
];

export const webhookScreens: Screen[] = [...activity, ...inboxes, ...changing];
