import {
  alter,
  answer,
  API,
  dialogOf,
  go,
  goLoading,
  listStates,
  neverAnswer,
  NOTHING,
  openDialog,
  refuse,
} from './visit.js';
import { settled, type Screen, type Visit } from './visit.js';

/* The log, one delivery, and bulk resends. */

const LIST = '/recruiter/api/deliveries';
const failedOf = (visit: Visit) => visit.agency.deliveryIn('failed');
const failures = (visit: Visit) => `${LIST}?status=failed&webhook_id=${visit.agency.ats.id}`;

const NO_COUNTS = Object.fromEntries(
  ['total', 'waiting', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled'].map((name) => [
    name,
    { count: 0, capped: false },
  ]),
);

const lists: Screen[] = [
  { name: 'deliveries', show: (visit) => go(visit, LIST) },
  { name: 'deliveries-viewer', as: 'viewer', state: true, show: (visit) => go(visit, LIST) },
  { name: 'deliveries-no-match', state: true, show: (visit) => go(visit, `${LIST}?q=nothing-has-this`) },
  ...listStates('deliveries', API.deliveries, LIST).filter(({ name }) => !name.endsWith('empty')),
  {
    name: 'deliveries-empty',
    state: true,
    show: async (visit) => {
      await answer(visit, API.deliveries, NOTHING);
      await answer(visit, API.counts, NO_COUNTS);
      await go(visit, LIST);
      await visit.page.getByText('No deliveries yet.').waitFor();
    },
  },
  {
    name: 'deliveries-time-range',
    show: async (visit) => {
      await go(visit, LIST);
      await visit.page.getByRole('button', { name: 'Filters', exact: true }).click();
      await visit.page.getByRole('combobox', { name: 'Time' }).selectOption('range');
      await visit.page.getByRole('form', { name: 'From – to' }).waitFor();
    },
  },
  {
    name: 'deliveries-chosen',
    tall: true,
    show: async (visit) => {
      await go(visit, `${LIST}?status=failed`);
      await visit.page.getByRole('checkbox').nth(1).check();
      await visit.page.getByRole('region', { name: 'Selected deliveries' }).waitFor();
    },
  },
];

const drawers: Screen[] = ['delivered', 'failed', 'waiting', 'skipped', 'cancelled'].map((status) => ({
  name: `drawer-${status}`,
  show: async (visit) => {
    const { id } = await visit.agency.deliveryIn(status);
    await go(visit, `${LIST}?delivery=${id}`);
    await visit.page.getByText(id).first().waitFor({ state: 'attached' });
    await settled(visit.page);
  },
}));

const tabs: Screen[] = ['Sent', 'Answer', 'Headers', 'Signature'].map((tab) => ({
  name: `delivery-${tab.toLowerCase()}`,
  show: async (visit) => {
    await go(visit, `${LIST}/${(await failedOf(visit)).id}`);
    await visit.page.getByRole('tab', { name: tab }).click();
    await settled(visit.page);
  },
}));

interface Detail {
  timeline: unknown[];
}

interface Content {
  attempts: object[];
}

/** JSON that no tree can show, deep nesting, and words wider than a phone. */
const LONG = 'https://example.com/'.padEnd(300, 'x');
const DEEP = JSON.stringify({
  trace: [{ at: { in: { a: { very: { deep: { place: LONG } } } } } }, [LONG, null, true, 1.5]],
});

const messages: Screen[] = [
  {
    name: 'delivery-sent-as-text',
    state: true,
    show: async (visit) => {
      await go(visit, `${LIST}/${(await failedOf(visit)).id}`);
      await visit.page.getByRole('tab', { name: 'Sent' }).click();
      // The label renders the radio.
      await visit.page.getByText('Text', { exact: true }).click();
      await visit.page.getByRole('button', { name: 'Exact bytes' }).click();
    },
    // The choice is stored.
    alone: true,
  },
  {
    name: 'delivery-sent-no-tree',
    state: true,
    show: async (visit) => {
      await alter(visit, API.content, (all: Content) => ({ ...all, body: '{"id":12345678901234567890}' }));
      await go(visit, `${LIST}/${(await failedOf(visit)).id}`);
      await visit.page.getByRole('tab', { name: 'Sent' }).click();
      await visit.page.getByText(/a tree would round a long number/).waitFor();
    },
  },
  {
    name: 'delivery-answer-deep',
    show: async (visit) => {
      await alter(visit, API.content, (all: Content) => ({
        ...all,
        attempts: all.attempts.map((one) => ({ ...one, response_body: DEEP, response_truncated: false })),
      }));
      await go(visit, `${LIST}/${(await failedOf(visit)).id}`);
      await visit.page.getByRole('tab', { name: 'Answer' }).click();
      const tree = visit.page.getByRole('tree');
      await tree.waitFor();
      for (const key of ['"at":', '"in":', '"a":', '"very":', '"deep":'])
        await tree.getByText(key, { exact: true }).click();
      await tree.getByText('"place":').waitFor();
    },
  },
];

const single: Screen[] = [
  {
    name: 'drawer-retrying',
    show: async (visit) => {
      const next_attempt_at = new Date(Date.now() + 300_000).toISOString();
      const retrying = { status: 'retrying', attempts: 2, next_attempt_at };
      await alter(visit, API.delivery, (all: Detail) => ({
        ...all,
        ...retrying,
        timeline: all.timeline.slice(0, 2),
      }));
      await go(visit, `${LIST}?delivery=${(await failedOf(visit)).id}`);
      await visit.page.getByRole('button', { name: /^Send now/ }).waitFor();
    },
  },
  {
    name: 'drawer-recipients',
    show: async (visit) => {
      await go(visit, `${LIST}?delivery=${(await failedOf(visit)).id}`);
      await visit.page.getByRole('button', { name: 'Which webhooks got this event?' }).click();
      await visit.page.getByRole('list', { name: 'Which webhooks got it' }).waitFor();
    },
  },
  {
    name: 'drawer-cancel',
    show: async (visit) => {
      const next_attempt_at = new Date(Date.now() + 300_000).toISOString();
      await alter(visit, API.delivery, (all: Detail) => ({ ...all, status: 'retrying', next_attempt_at }));
      await go(visit, `${LIST}?delivery=${(await failedOf(visit)).id}`);
      await openDialog(visit, 'Cancel delivery…');
      await visit.page.getByRole('button', { name: 'Keep it' }).waitFor();
    },
  },
  {
    name: 'drawer-use-address',
    show: async (visit) => {
      await alter(visit, API.delivery, (all: Detail) => ({ ...all, reason: 'redirect', response_status: 308 }));
      await alter(visit, API.content, (all: Content) => ({
        ...all,
        attempts: all.attempts.map((one) => ({ ...one, response_headers: { location: 'https://new.ats.example/in' } })),
      }));
      await go(visit, `${LIST}?delivery=${(await failedOf(visit)).id}`);
      await openDialog(visit, 'Use the new address…');
      await visit.page.getByRole('button', { name: 'Use this address' }).waitFor();
    },
  },
  {
    name: 'sign-in-again',
    show: async (visit) => {
      await go(visit, `${LIST}/${(await failedOf(visit)).id}`);
      await refuse(visit, /\/resend$/, 401, 'unauthenticated', 'POST');
      // Requested when the window gets the focus, which would find the session again.
      await refuse(visit, /\/api\/me$/, 401, 'unauthenticated');
      await visit.page.getByRole('button', { name: 'Resend', exact: true }).click();
      await dialogOf(visit.page).getByRole('button', { name: 'Sign in' }).waitFor();
    },
    alone: true,
  },
  {
    name: 'delivery-loading',
    state: true,
    show: async (visit) => {
      const { id } = await failedOf(visit);
      await neverAnswer(visit, API.delivery);
      await goLoading(visit, `${LIST}/${id}`);
    },
  },
  {
    name: 'delivery-error',
    state: true,
    show: async (visit) => {
      const { id } = await failedOf(visit);
      await refuse(visit, API.delivery);
      await go(visit, `${LIST}/${id}`);
      await visit.page.getByRole('button', { name: 'Try again' }).waitFor();
    },
  },
  { name: 'delivery-gone', state: true, show: (visit) => go(visit, `${LIST}/0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21`) },
  {
    name: 'delivery-viewer',
    as: 'viewer',
    state: true,
    show: async (visit) => {
      await go(visit, `${LIST}/${(await failedOf(visit)).id}`);
      await visit.page.getByRole('tab', { name: 'Sent' }).click();
    },
  },
  {
    name: 'delivery-message-error',
    state: true,
    show: async (visit) => {
      await refuse(visit, API.content);
      await go(visit, `${LIST}/${(await failedOf(visit)).id}`);
      await visit.page.getByRole('tab', { name: 'Sent' }).click();
      await visit.page.getByRole('button', { name: 'Try again' }).waitFor();
    },
  },
];

const RECOVERY = {
  id: '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21',
  status: 'running',
  count: 42,
  resent: 31,
  passed_over: 0,
  delivered: 29,
  failed: 2,
  retrying: 1,
  paused: true,
  created_by: 'Demo owner',
  created_at: '2026-01-22T10:30:00.000Z',
  started_at: '2026-01-22T10:30:01.000Z',
  begins_at: '2026-01-22T10:30:01.000Z',
  finished_at: null,
};
const DONE = {
  ...RECOVERY,
  status: 'done',
  resent: 42,
  delivered: 40,
  retrying: 0,
  finished_at: '2026-01-22T10:30:09.000Z',
};

/** Goes to a recovery with the given response. */
async function recover(visit: Visit, recovery: typeof RECOVERY | typeof DONE): Promise<void> {
  const plan = { plan_id: 'p1', count: 42, left_out: { webhook_off: 0, purged: 1 }, per_second: 5 };
  await visit.page.route(API.recoveries, (asked) => {
    if (asked.request().method() !== 'POST') return asked.fulfill({ json: NOTHING });
    return asked.fulfill({ json: asked.request().postData()?.includes('dry_run') ? plan : recovery });
  });
  await answer(visit, API.recovery, recovery);
  await go(visit, failures(visit));
  await openDialog(visit, /^Resend all/);
  await dialogOf(visit.page).getByRole('button', { name: 'Resend 42 deliveries' }).click();
  await visit.page.getByRole('dialog').waitFor({ state: 'detached' });
  await visit.page.getByRole('region', { name: 'Resending' }).waitFor();
}

const recoveries: Screen[] = [
  {
    name: 'resend-many',
    show: async (visit) => {
      await go(visit, failures(visit));
      await openDialog(visit, /^Resend all/);
      await dialogOf(visit.page)
        .getByText(/This will resend/)
        .waitFor();
    },
  },
  {
    name: 'resend-many-nothing',
    state: true,
    show: async (visit) => {
      await go(visit, `${LIST}?status=skipped&webhook_id=${visit.agency.oldCrm.id}`);
      await openDialog(visit, /^Resend all/);
      await dialogOf(visit.page).getByText('There is nothing to resend.').waitFor();
    },
  },
  {
    name: 'resend-many-error',
    state: true,
    show: async (visit) => {
      await refuse(visit, API.recoveries, 500, 'internal', 'POST');
      await go(visit, failures(visit));
      await openDialog(visit, /^Resend all/);
      await dialogOf(visit.page).getByRole('button', { name: 'Try again' }).waitFor();
    },
  },
  { name: 'resend-bar', tall: true, show: (visit) => recover(visit, RECOVERY) },
  { name: 'resend-done', state: true, tall: true, show: (visit) => recover(visit, DONE) },
];

export const deliveries: Screen[] = [...lists, ...drawers, ...tabs, ...messages, ...single, ...recoveries];
