import { cpus, loadavg } from 'node:os';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page, Response } from 'playwright-core';
import { openTab, type Tab } from '../support/browser.js';
import { withDatabase } from '../support/database.js';
import { largeAgency, smallAgency, type LogOwner } from '../support/large-log/agencies.js';
import {
  asker,
  nameOf,
  pairsOf,
  singleFilters,
  timeFilter,
  timePages,
  type Query,
  type Samples,
} from '../support/large-log/asking.js';
import { randomFrom, stepsOf, walksOf, type Step } from '../support/large-log/changes.js';
import { FIGURES, figuresOf, slowest, table, type Timed } from '../support/large-log/figures.js';
import { fillLog } from '../support/large-log/fill.js';
import { makeFindable } from '../support/large-log/findable.js';
import { findSamples } from '../support/large-log/samples.js';
import { installStopwatch, timeChange, type Change, type Kind } from '../support/large-log/stopwatch.js';
import { signIn } from '../support/looks.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * `npm run filters`: how long a change of a filter takes with a million deliveries, in a browser and over HTTP.
 * Printed, not asserted, because it depends on the machine. ROWS=100000 uses fewer.
 */

const ROWS = Number(process.env['ROWS'] ?? 1_000_000);
const TARGET_MS = 400;
const PAGES = 100;

const path = findBrowser();
let server: TestServer;
let large: LogOwner;
let small: LogOwner;
let samples: Samples;
let tab: Tab;
let page: Page;

interface Changed extends Change {
  name: string;
}
const changes: Changed[] = [];
interface Answer {
  asked: URLSearchParams;
  /** The newest delivery; null if nothing matched; undefined if the app discarded the answer. */
  first: Promise<string | null | undefined>;
}
/** Those with a first page since the last change. */
let answers: Answer[] = [];
const summary: string[][] = [];

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

describeWith('browser', path, `a log of ${ROWS.toLocaleString('en')} deliveries`, () => {
  beforeAll(async () => {
    server = await startServer();
    [large, small] = [await largeAgency(server), await smallAgency(server)];
    const shares = [
      { agencyId: large.agencyId, rows: ROWS },
      { agencyId: small.agencyId, rows: ROWS / 100 },
    ];
    const start = performance.now();
    await withDatabase(server.dataDir, async (client) => {
      await fillLog(client, shares, Date.now());
      const { rows } = await client.query<{ state: string; n: number }>(
        'select state, count(*)::int as n from all_deliveries where agency_id = $1 group by state order by n desc',
        [large.agencyId],
      );
      const states = rows.map(({ state, n }) => `${n.toLocaleString('en')} ${state}`).join(', ');
      say(`stored in ${Math.round((performance.now() - start) / 1000)} s: ${states}`);
      // Otherwise the log would be small.
      expect(rows.reduce((sum, { n }) => sum + n, 0)).toBeGreaterThanOrEqual(ROWS * 0.99);
    });
    samples = await findSamples(asker(server.url, large));
    await makeFindable(server, large, samples);
    tab = await openTab(path!);
    page = tab.page;
    await installStopwatch(page);
    // An unfinished scroll would continue in the next list.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    page.on('response', (response) => {
      const { pathname, searchParams } = new URL(response.url());
      if (pathname === '/api/recruiter/deliveries' && !searchParams.has('cursor'))
        answers.push({ asked: searchParams, first: firstOf(response) });
    });
    await signIn(page.context(), server, server.demo);
  }, 3_600_000);
  afterAll(async () => {
    await tab?.browser.close();
    await server?.stop();
    // Other load on the machine matters as much as the log.
    const load = loadavg().map((figure) => figure.toFixed(1));
    say(`${cpus().length} cores, load ${load.join(', ')} (1, 5 and 15 minutes)`);
    say(table(['what', ...FIGURES], summary));
  });

  it('is filtered in the browser', async () => {
    await page.goto(`${server.url}/recruiter/api/deliveries`);
    await page.getByRole('row').nth(5).waitFor();
    await page.getByRole('button', { name: 'Filters', exact: true }).click();
    const luck = randomFrom(7);
    for (const walk of walksOf(stepsOf(large, samples), luck)) {
      for (const step of walk) {
        await step.prepare?.(page);
        await change(step.name, 'filter', () => step.act(page));
      }
      if (luck() < 0.6) await goOn();
      await takeAway(walk, luck());
    }
    // Cached lists say nothing about the log.
    const asked = changes.filter(({ waited }) => waited);
    expect(asked.length).toBeGreaterThanOrEqual(100);
    const times = asked.map(({ ms }) => ms);
    const partOf = (name: 'list' | 'counts') =>
      asked.flatMap((one) => (one[name].length > 0 ? [Math.max(...one[name])] : []));
    summary.push([`a change in the browser (target: p95 ≤ ${TARGET_MS} ms)`, ...figuresOf(times)]);
    summary.push(['· of it, the answer with the rows', ...figuresOf(partOf('list'))]);
    summary.push(['· of it, the answer with the counts', ...figuresOf(partOf('counts'))]);
    const kept = changes.filter((one) => !asked.includes(one)).map(({ ms }) => ms);
    summary.push(['a change back to what the app still had', ...figuresOf(kept)]);
    say(table(['the slowest changes in the browser', 'ms'], slowest(asked)));
    expect(tab.problems).toEqual([]);
  }, 3_600_000);

  it.each(['large', 'small'] as const)(
    'is filtered over HTTP by every two filters, by the %s agency',
    async (size) => {
      const owner = size === 'large' ? large : small;
      const ofOwner = asker(server.url, owner);
      const ofSmall = await findSamples(asker(server.url, small));
      if (size === 'small') await makeFindable(server, small, ofSmall);
      const filters = singleFilters(owner, size === 'large' ? samples : ofSmall);
      const alone: Timed[] = [];
      for (const query of [{}, ...filters]) alone.push(await timeFilter(ofOwner, query));
      const together: Timed[] = [];
      for (const query of pairsOf(filters)) together.push(await timeFilter(ofOwner, query));
      expect(together.length).toBeGreaterThan(1_000);
      summary.push([`one filter over HTTP, rows and counts, ${size} agency`, ...figuresOf(alone.map(({ ms }) => ms))]);
      summary.push([`every two filters over HTTP, ${size} agency`, ...figuresOf(together.map(({ ms }) => ms))]);
      say(
        table(
          [`the slowest filters over HTTP, ${size} agency`, 'ms'],
          slowest([...alone, ...together].map((one) => ({ ...one, name: named(one.name) }))),
        ),
      );
    },
    3_600_000,
  );

  it('goes on page by page however deep', async () => {
    const [payroll] = large.webhooks.slice(1);
    const monthAgo = new Date(Date.now() - 26 * 86_400_000).toISOString();
    const queries: Query[] = [
      {},
      { to: monthAgo },
      { status: 'failed' },
      { webhook_id: payroll!.id, status: 'failed' },
      { event: 'offer.rejected' },
      { response: '404' },
      { reference: samples.job },
    ];
    const rows: string[][] = [];
    const all: number[] = [];
    for (const query of queries) {
      const { times, rows: found } = await timePages(asker(server.url, large), query, PAGES);
      const ms = times.map((one) => one.ms);
      rows.push([named(nameOf(query)), String(found), ...figuresOf(ms)]);
      all.push(...ms);
      expect(found).toBeGreaterThan(0);
    }
    summary.push([`a page of 50 over HTTP, up to ${PAGES} one after another`, ...figuresOf(all)]);
    say(table(['pages one after another', 'rows', ...FIGURES], rows));
  }, 3_600_000);
});

async function firstOf(response: Response): Promise<string | null | undefined> {
  const body = (await response.json().catch(() => null)) as { data: { id: string }[] } | null;
  return body ? (body.data[0]?.id ?? null) : undefined;
}

async function change(name: string, kind: Kind, act: () => Promise<unknown>): Promise<void> {
  answers = [];
  const timed = await timeChange(page, kind, act);
  const { search, searchParams } = new URL(page.url());
  const filter = named(decodeURIComponent(search) || 'no filter');
  const first = await answers.findLast(({ asked }) => isFor(searchParams, asked))?.first;
  // Otherwise the measurement stopped too early. Cached lists keep their rows; new ones are only counted in the pill.
  if (kind === 'filter' && timed.waited && first !== undefined) expect([filter, timed.first]).toEqual([filter, first]);
  changes.push({ ...timed, name: `${name} → ${filter}` });
}

/** Whether the request matches the address bar. */
function isFor(address: URLSearchParams, asked: URLSearchParams): boolean {
  const tests = { only: 'true', any: 'any' }[String(address.get('tests'))] ?? null;
  return (
    ['status', 'webhook_id', 'event', 'response', 'q', 'to'].every((name) => asked.get(name) === address.get(name)) &&
    asked.get('test') === tests &&
    asked.has('from') === (address.has('from') || address.has('period'))
  );
}

/** With the names of the webhooks in place of their ids. */
function named(filter: string): string {
  return [...large.webhooks, ...small.webhooks].reduce(
    (text, { id, description }) => text.replace(id, description),
    filter,
  );
}

/** Loads the next pages, first by the button, then by scrolling, and returns to the top. */
async function goOn(): Promise<void> {
  const more = page.getByRole('button', { name: 'Load more' });
  if ((await more.count()) === 0) return;
  await change('Load more', 'page', () => more.click());
  if ((await more.count()) === 0) return;
  await page.mouse.move(640, 600);
  await change('Scroll on', 'page', () => page.mouse.wheel(0, 100_000));
  await page.keyboard.press('Home');
  await page.locator('[data-row][aria-rowindex="3"]').waitFor();
}

/** One filter after another, or all at once. */
async function takeAway(walk: readonly Step[], luck: number): Promise<void> {
  if (luck < 0.3) {
    const clear = page.getByRole('button', { name: 'Clear filters' }).first();
    return change('Clear filters', 'filter', () => clear.click());
  }
  for (const step of walk) await change(`without ${step.name}`, 'filter', () => step.undo(page));
}
