import { eventually } from '../eventually.js';
import { API, answer, go, listStates, NOTHING, type Screen, type Visit } from './visit.js';

/* The events, and which webhooks got them. */

const EVENTS = '/recruiter/api/events';

/** The first event of this type, opened. */
async function open(visit: Visit, type: string): Promise<void> {
  await go(visit, `${EVENTS}?event=${type}`);
  const list = visit.page.getByRole('list', { name: 'Events' });
  await list.getByRole('link').first().click();
  await visit.page.getByRole('list', { name: 'Which webhooks got it' }).first().waitFor();
}

export const events: Screen[] = [
  {
    name: 'events',
    // Names come a second after the events that bring them.
    show: (visit) =>
      eventually(async () => {
        await go(visit, EVENTS);
        await visit.page
          .getByText(/Maria Santos/)
          .first()
          .waitFor({ timeout: 2_000 });
      }),
  },
  { name: 'events-open', show: (visit) => open(visit, 'application.created') },
  { name: 'events-viewer', as: 'viewer', state: true, show: (visit) => go(visit, EVENTS) },
  { name: 'events-search', state: true, show: (visit) => go(visit, `${EVENTS}?q=maria`) },
  { name: 'events-no-match', state: true, show: (visit) => go(visit, `${EVENTS}?q=nothing-has-this`) },
  ...listStates('events', API.events, EVENTS).filter(({ name }) => !name.endsWith('empty')),
  {
    name: 'events-empty',
    state: true,
    show: async (visit) => {
      await answer(visit, API.events, NOTHING);
      await go(visit, EVENTS);
      await visit.page.getByText('No events yet.').waitFor();
    },
  },
];
