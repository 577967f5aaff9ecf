import { API, go, goLoading, neverAnswer, refuse, type Screen } from './visit.js';

const GUIDE = '/recruiter/api/guide';
const ONE_EVENT = '/events/application.created';
const PARTS = ['', '/tools', '/events', ONE_EVENT, '/verify', '/checker', '/tries', '/limits', '/problems'];

export const guide: Screen[] = [
  ...PARTS.map((part): Screen => ({
    name: `guide${part.replaceAll('/', '-')}`,
    show: (visit) => go(visit, GUIDE + part),
  })),
  ...['/events', ONE_EVENT].flatMap((part): Screen[] => [
    {
      name: `guide${part.replaceAll('/', '-')}-loading`,
      state: true,
      show: async (visit) => {
        await neverAnswer(visit, API.catalogue);
        await goLoading(visit, GUIDE + part);
      },
    },
    {
      name: `guide${part.replaceAll('/', '-')}-error`,
      state: true,
      show: async (visit) => {
        await refuse(visit, API.catalogue);
        await go(visit, GUIDE + part);
        await visit.page.getByRole('button', { name: 'Try again' }).first().waitFor();
      },
    },
  ]),
  {
    name: 'guide-send-as-test',
    show: async (visit) => {
      await go(visit, GUIDE + ONE_EVENT);
      await visit.page.getByRole('button', { name: 'Send this as a test to' }).click();
      await visit.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'guide-verify-no-code',
    show: async (visit) => {
      await go(visit, `${GUIDE}/verify`);
      // The label renders the radio.
      await visit.page.getByText('No code', { exact: true }).click();
      await visit.page.getByRole('heading', { name: 'Zapier' }).waitFor();
    },
    // The language is stored.
    alone: true,
  },
  { name: 'guide-event-unknown', state: true, show: (visit) => go(visit, `${GUIDE}/events/no.such`) },
  {
    name: 'guide-events-no-match',
    state: true,
    show: async (visit) => {
      await go(visit, `${GUIDE}/events`);
      await visit.page.getByRole('searchbox').fill('nothing-has-this');
      await visit.page.getByText('Nothing matches.').waitFor();
    },
  },
  {
    name: 'guide-checker-wrong',
    state: true,
    show: async (visit) => {
      await go(visit, `${GUIDE}/checker`);
      await visit.page.getByRole('button', { name: /^Check/ }).click();
    },
  },
];
