import type { Locator, Page, Route } from 'playwright-core';
import type { SeededAgency } from '../agency.js';
import type { TestServer } from '../server.js';

/* Building blocks of screens: the user, navigation, and responses that a healthy server does not return. */

export interface Visit {
  page: Page;
  server: TestServer;
  agency: SeededAgency;
}

export interface Screen {
  name: string;
  /** Who looks at it. Default: the owner. */
  as?: 'signed-out' | 'viewer';
  /** A state (loading, empty, failed, forbidden…) of a screen that is listed separately: checked in one theme. */
  state?: true;
  /** Has a bar at the bottom that covers content, so it is checked in a window as high as the page. */
  tall?: true;
  /** Needs a new browser profile: for time, storage and the stream. */
  alone?: true;
  show(visit: Visit): Promise<unknown>;
}

/** Opens a screen and waits until nothing is loading. */
export async function go({ page, server }: Visit, path: string): Promise<void> {
  await page.goto(server.url + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await settled(page);
}

/** Opens a screen that keeps loading. */
export async function goLoading({ page, server }: Visit, path: string): Promise<void> {
  await page.goto(server.url + path);
  await page.locator('.mantine-Skeleton-root').first().waitFor();
}

/** Grey rows are gone. */
export async function settled(page: Page): Promise<void> {
  await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
}

export const dialogOf = (page: Page): Locator => page.getByRole('dialog').last();

export async function openDialog({ page }: Visit, button: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: button }).first().click();
  await dialogOf(page).waitFor();
  await settled(page);
}

export const webhook = (id: string, tab = ''): string => `/recruiter/api/webhooks/${id}${tab}`;

const problem = (status: number, code: string) => ({
  type: 'about:blank',
  title: 'Error',
  status,
  code,
  detail: 'Something went wrong.',
  request_id: 'r-1',
});

interface FakeResponse {
  /** Only requests of this method. */
  method?: string;
  status?: number;
}

/** Answers requests to a route instead of the server. */
export async function answer({ page }: Visit, route: RegExp, json: unknown, fake: FakeResponse = {}): Promise<void> {
  await page.route(route, (asked) =>
    fake.method === undefined || asked.request().method() === fake.method
      ? asked.fulfill({ status: fake.status ?? 200, json })
      : asked.fallback(),
  );
}

/** Refuses requests to a route. */
export function refuse(visit: Visit, route: RegExp, status = 500, code = 'internal', method?: string): Promise<void> {
  return answer(visit, route, problem(status, code), { status, ...(method ? { method } : {}) });
}

/** Leaves the request without a response. */
export async function neverAnswer({ page }: Visit, route: RegExp): Promise<void> {
  await page.route(route, () => undefined);
}

/** Lets the server answer, and changes it. */
export async function alter({ page }: Visit, route: RegExp, change: (json: never) => unknown): Promise<void> {
  await page.route(route, async (asked: Route) => {
    if (asked.request().method() !== 'GET') return asked.fallback();
    const response = await asked.fetch();
    return asked.fulfill({ response, json: change((await response.json()) as never) });
  });
}

export const NOTHING = { data: [], next_cursor: null };

/** The lists that all roles see, as routes. */
export const API = {
  webhooks: /\/api\/recruiter\/webhooks$/,
  webhook: /\/api\/recruiter\/webhooks\/[\w-]+$/,
  deliveries: /\/api\/recruiter\/deliveries\?/,
  counts: /\/api\/recruiter\/deliveries\/counts/,
  events: /\/api\/recruiter\/events\?/,
  delivery: /\/api\/recruiter\/deliveries\/[\w-]{36}$/,
  content: /\/api\/recruiter\/deliveries\/[\w-]+\/content/,
  messages: /\/api\/recruiter\/inboxes\/.*\/messages/,
  catalogue: /\/api\/recruiter\/event-types/,
  members: /\/api\/recruiter\/members(\?|$)/,
  keys: /\/api\/recruiter\/api-keys(\?|$)/,
  audit: /\/api\/recruiter\/audit/,
  recoveries: /\/api\/recruiter\/recoveries(\?|$)/,
  recovery: /\/api\/recruiter\/recoveries\/[\w-]+$/,
  stream: /\/api\/recruiter\/stream/,
} as const;

/** The three states of every list other than having rows. */
export function listStates(name: string, route: RegExp, path: string | ((visit: Visit) => string)): Screen[] {
  const to = (visit: Visit) => (typeof path === 'string' ? path : path(visit));
  return [
    {
      name: `${name}-loading`,
      state: true,
      show: async (visit) => {
        await neverAnswer(visit, route);
        await goLoading(visit, to(visit));
      },
    },
    {
      name: `${name}-error`,
      state: true,
      show: async (visit) => {
        await refuse(visit, route);
        await go(visit, to(visit));
        await visit.page.getByRole('button', { name: 'Try again' }).first().waitFor();
      },
    },
    {
      name: `${name}-empty`,
      state: true,
      show: async (visit) => {
        await answer(visit, route, NOTHING);
        await go(visit, to(visit));
      },
    },
  ];
}
