import { API, dialogOf, go, openDialog, refuse, webhook, type Screen, type Visit } from './visit.js';

/* Live changes and interruptions of the stream. Each has its own profile, because pages of one share a stream. */

/** The stream sends these lines, ends, and reconnects shortly after; each time the app refetches everything. */
async function stream({ page }: Visit, ...events: string[]): Promise<void> {
  const body = ['retry: 1000', ...events].map((text) => `${text}\n\n`).join('');
  await page.route(API.stream, (asked) => asked.fulfill({ contentType: 'text/event-stream', body }));
}

const isLive = ({ page }: Visit) => page.getByRole('button', { name: 'Live', exact: true }).waitFor();

const ARRIVED = {
  webhook_id: 'w1',
  event: 'application.created',
  status: 'delivered',
  response_status: 200,
  reason: 'ok',
  attempts: 1,
  next_attempt_at: null,
  duration_ms: 92,
  test: false,
};

export const live: Screen[] = [
  {
    name: 'live-lost',
    state: true,
    alone: true,
    show: async (visit) => {
      await visit.page.clock.install();
      await stream(visit);
      await go(visit, '/recruiter/api/webhooks');
      await isLive(visit);
      await visit.page.unroute(API.stream);
      const cut = visit.page.waitForEvent('requestfailed', (request) => API.stream.test(request.url()));
      await visit.page.route(API.stream, (asked) => asked.abort());
      await cut;
      // Longer than the delay before an interruption is shown, which a late refusal restarts.
      await visit.page.clock.runFor(15_000);
      await visit.page.getByText('Live updates paused. Reconnecting…').waitFor();
    },
  },
  {
    name: 'live-paused',
    state: true,
    alone: true,
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await isLive(visit);
      await visit.page.getByRole('button', { name: 'Live', exact: true }).click();
      await visit.page.getByRole('button', { name: 'Paused', exact: true }).waitFor();
    },
  },
  {
    name: 'live-new',
    alone: true,
    show: async (visit) => {
      const ids = ['ffffffff-0000-7000-8000-000000000001', 'ffffffff-0000-7000-8000-000000000002'];
      await stream(visit, ...ids.map((id) => `event: delivery\ndata: ${JSON.stringify({ ...ARRIVED, id })}`));
      await go(visit, '/recruiter/api/deliveries');
      await visit.page.getByRole('button', { name: /^2 new deliveries/ }).waitFor();
    },
  },
  {
    name: 'webhooks-stale',
    state: true,
    alone: true,
    show: async (visit) => {
      await stream(visit);
      await go(visit, '/recruiter/api/webhooks');
      await isLive(visit);
      await refuse(visit, API.webhooks);
      await visit.page.getByText(/We could not refresh/).waitFor();
    },
  },
  {
    name: 'deliveries-stale',
    state: true,
    alone: true,
    show: async (visit) => {
      await stream(visit);
      await go(visit, '/recruiter/api/deliveries');
      await isLive(visit);
      await refuse(visit, API.deliveries);
      await visit.page.getByText(/We could not refresh/).waitFor();
    },
  },
  {
    name: 'toast',
    state: true,
    alone: true,
    show: async (visit) => {
      await go(visit, '/recruiter/api/webhooks');
      await visit.page.getByRole('button', { name: 'More for Payroll sync' }).click();
      await visit.page.getByRole('menuitem', { name: 'Copy address' }).click();
      await visit.page.getByText('Address copied.').waitFor();
    },
  },
  {
    name: 'connection-lost',
    state: true,
    alone: true,
    show: async (visit) => {
      await go(visit, webhook(visit.agency.payroll.id));
      await openDialog(visit, 'Send test');
      await visit.page.route(/\/test$/, (asked) => asked.abort());
      await dialogOf(visit.page).getByRole('button', { name: 'Send test' }).click();
      await dialogOf(visit.page).getByRole('alert').waitFor();
    },
  },
];
