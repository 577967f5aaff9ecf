import { alter, answer, API, dialogOf, go, goLoading, neverAnswer, NOTHING, openDialog, refuse } from './visit.js';
import { webhook, type Screen, type Visit } from './visit.js';

/* The list of webhooks, adding one, and testing one. */

const LIST = '/recruiter/api/webhooks';
export const SECRET = `whsec_${'x'.repeat(43)}=`;

interface ListedWebhook {
  id: string;
  health: string;
  last_delivery: unknown;
  last_24h: Record<string, unknown>;
}
type ListOf<Row> = { data: Row[] };

const openAdd = async (visit: Visit) => {
  await go(visit, `${LIST}/new`);
  await visit.page.getByRole('checkbox', { name: 'Applications' }).waitFor();
};

/** The second pane, without creating a webhook: the answer describes an existing one. */
async function created(visit: Visit, id: string): Promise<void> {
  const { payroll, ats } = visit.agency;
  const known = id === ats.id ? ats : payroll;
  await answer(visit, API.webhooks, { ...known, secret: SECRET }, { method: 'POST', status: 201 });
  await openAdd(visit);
  const dialog = dialogOf(visit.page);
  await dialog.getByLabel('Address', { exact: true }).fill('https://hooks.payroll.example/bpoc');
  await dialog.getByRole('checkbox', { name: 'Applications' }).check();
  await dialog.getByRole('button', { name: 'Create webhook' }).click();
  await dialog.getByText('We show it only once.').waitFor();
}

async function toTest(visit: Visit, id: string): Promise<void> {
  await created(visit, id);
  await visit.page.getByRole('button', { name: /^Saved/ }).click();
  await dialogOf(visit.page).getByRole('button', { name: 'Send test' }).waitFor();
}

async function sendTest(visit: Visit): Promise<void> {
  await dialogOf(visit.page).getByRole('button', { name: 'Send test' }).click();
  await dialogOf(visit.page)
    .getByText(/^Sent /)
    .waitFor();
  for (const fold of await dialogOf(visit.page).locator('summary').all()) await fold.click();
}

const listed: Screen[] = [
  { name: 'webhooks', show: (visit) => go(visit, LIST) },
  { name: 'webhooks-viewer', as: 'viewer', state: true, show: (visit) => go(visit, LIST) },
  {
    name: 'webhook-menu',
    show: async (visit) => {
      await go(visit, LIST);
      await visit.page.getByRole('button', { name: 'More for Payroll sync' }).click();
      await visit.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'webhook-menu-viewer',
    as: 'viewer',
    state: true,
    show: async (visit) => {
      await go(visit, LIST);
      await visit.page.getByRole('button', { name: 'More for Payroll sync' }).click();
      await visit.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'past-events',
    show: async (visit) => {
      const about = { label: 'Maria Santos', sentence: 'Maria Santos moved from screening to interview · Bookkeeper' };
      const first = [3, 2, 1].map((days) => ({
        id: `01a2094c-9329-7b3a-a231-49210702300${days}`,
        type: 'application.status_changed',
        accepted_at: new Date(Date.now() - days * 86_400_000).toISOString(),
        about,
      }));
      const left_out = { webhook_off: 0, purged: 1, conditions: 12, in_log: 0 };
      const plan = { plan_id: visit.agency.payroll.id, count: 142, left_out, per_second: 50, first };
      await answer(visit, API.recoveries, plan, { method: 'POST' });
      await go(visit, LIST);
      await visit.page.getByRole('button', { name: 'More for Payroll sync' }).click();
      await visit.page.getByRole('menuitem', { name: 'Send past events' }).click();
      await dialogOf(visit.page).getByText('142 events', { exact: true }).waitFor();
    },
  },
  {
    name: 'webhooks-none',
    show: async (visit) => {
      await answer(visit, API.webhooks, NOTHING);
      await go(visit, LIST);
      await visit.page.getByRole('button', { name: 'Use a test inbox' }).waitFor();
    },
  },
  {
    name: 'webhooks-first-steps',
    show: async (visit) => {
      await visit.page.addInitScript('localStorage.clear()');
      await answer(visit, API.deliveries, NOTHING);
      await alter(visit, API.webhooks, ({ data }: ListOf<ListedWebhook>) => {
        const row = data.find(({ id }) => id === visit.agency.payroll.id)!;
        const last_24h = { ...row.last_24h, delivered: 0, failed: 0 };
        return { data: [{ ...row, health: 'new', last_delivery: null, last_24h }], next_cursor: null };
      });
      await go(visit, LIST);
      await visit.page.getByText('Almost there').waitFor();
    },
    alone: true,
  },
  {
    name: 'webhooks-turned-off-by-us',
    state: true,
    show: async (visit) => {
      await alter(visit, API.webhooks, ({ data }: ListOf<ListedWebhook>) => ({
        data: data.map((row) => (row.health === 'off' ? { ...row, off_reason: 'failing_5_days' } : row)),
        next_cursor: null,
      }));
      await go(visit, LIST);
      await visit.page
        .getByText(/Turned off by us/)
        .first()
        .waitFor();
    },
  },
  {
    name: 'webhooks-error',
    state: true,
    show: async (visit) => {
      await refuse(visit, API.webhooks);
      await go(visit, LIST);
    },
  },
  {
    name: 'webhooks-loading',
    state: true,
    show: async (visit) => {
      await neverAnswer(visit, API.webhooks);
      await goLoading(visit, LIST);
    },
  },
  {
    name: 'undo',
    // Counts down on a clock.
    alone: true,
    show: async (visit) => {
      await alter(visit, /\/api\/me$/, (me: { platform: object }) => ({
        ...me,
        platform: { ...me.platform, undo_ms: 600_000 },
      }));
      await answer(visit, API.webhook, { ...visit.agency.payroll, is_active: false }, { method: 'PATCH' });
      await go(visit, LIST);
      await visit.page.getByRole('switch', { checked: true }).first().focus();
      await visit.page.keyboard.press('Space');
      await dialogOf(visit.page).getByRole('button', { name: 'Turn off' }).click();
      await visit.page.getByRole('button', { name: /^Undo: / }).waitFor();
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
    name: 'send-skipped',
    show: async (visit) => {
      await answer(visit, API.webhook, { ...visit.agency.oldCrm, is_active: true }, { method: 'PATCH' });
      await go(visit, webhook(visit.agency.oldCrm.id));
      await visit.page.getByRole('switch').first().focus();
      await visit.page.keyboard.press('Space');
      await dialogOf(visit.page)
        .getByText(/skipped while it was off/)
        .waitFor();
    },
  },
];

const adding: Screen[] = [
  { name: 'add-webhook', tall: true, show: openAdd },
  {
    name: 'add-webhook-example',
    show: async (visit) => {
      await openAdd(visit);
      await visit.page.getByRole('searchbox', { name: 'Search events' }).fill('hired');
      await visit.page
        .getByRole('button', { name: /^see example/ })
        .first()
        .click();
      await visit.page
        .getByRole('button', { name: /^hide example/ })
        .first()
        .waitFor();
    },
  },
  {
    name: 'add-webhook-wrong',
    state: true,
    show: async (visit) => {
      await openAdd(visit);
      await visit.page.getByRole('button', { name: 'Create webhook' }).click();
      await visit.page.getByText('Choose at least one event.').waitFor();
    },
  },
  {
    name: 'add-webhook-known-address',
    state: true,
    tall: true,
    show: async (visit) => {
      await openAdd(visit);
      await visit.page.getByLabel('Address', { exact: true }).fill(visit.agency.payroll.url);
      await visit.page.getByText(/already uses this address/).waitFor();
    },
  },
  {
    name: 'add-webhook-inbox',
    tall: true,
    show: async (visit) => {
      const url = `${visit.server.url}/inbox/${'x'.repeat(43)}`;
      await answer(visit, /\/api\/recruiter\/inboxes$/, { id: 'i1', url, created_at: '2026-01-22T10:30:00.000Z' });
      await openAdd(visit);
      await visit.page.getByRole('radio', { name: 'Test inbox' }).click();
      await visit.page.getByText(/A test inbox of BPOC/).waitFor();
    },
  },
  {
    name: 'add-webhook-loading',
    state: true,
    show: async (visit) => {
      await neverAnswer(visit, API.catalogue);
      await goLoading(visit, `${LIST}/new`);
    },
  },
  { name: 'add-webhook-viewer', as: 'viewer', state: true, show: (visit) => go(visit, `${LIST}/new`) },
  {
    name: 'add-webhook-secret',
    show: async (visit) => {
      await created(visit, visit.agency.payroll.id);
      await dialogOf(visit.page).getByRole('button', { name: 'Show', exact: true }).click();
    },
  },
  {
    name: 'add-webhook-lose-secret',
    state: true,
    show: async (visit) => {
      await created(visit, visit.agency.payroll.id);
      await dialogOf(visit.page).getByRole('button', { name: 'Close', exact: true }).click();
      await dialogOf(visit.page).getByRole('button', { name: 'Stay here' }).waitFor();
    },
  },
  { name: 'add-webhook-test', show: (visit) => toTest(visit, visit.agency.payroll.id) },
  {
    name: 'add-webhook-tested',
    state: true,
    show: async (visit) => {
      await toTest(visit, visit.agency.payroll.id);
      await sendTest(visit);
    },
  },
  {
    name: 'add-webhook-test-failed',
    state: true,
    show: async (visit) => {
      await toTest(visit, visit.agency.ats.id);
      await sendTest(visit);
    },
  },
];

const testing: Screen[] = [
  {
    name: 'test',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.payroll.id));
      await openDialog(visit, 'Send test');
    },
  },
  {
    name: 'test-answered',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.payroll.id));
      await openDialog(visit, 'Send test');
      await sendTest(visit);
    },
  },
  {
    name: 'test-answer',
    state: true,
    show: async (visit) => {
      await go(visit, webhook(visit.agency.payroll.id));
      await openDialog(visit, 'Send test');
      await dialogOf(visit.page).getByText('See the message we will send').click();
      await dialogOf(visit.page).getByRole('button', { name: 'Send test' }).click();
      await dialogOf(visit.page)
        .getByText(/^Sent \d/)
        .waitFor();
    },
  },
  {
    name: 'test-failed',
    show: async (visit) => {
      await go(visit, webhook(visit.agency.ats.id));
      await openDialog(visit, 'Send test');
      await sendTest(visit);
    },
  },
];

export const webhooks: Screen[] = [...listed, ...adding, ...testing];
