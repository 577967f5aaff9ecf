import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AGENCY_ENV, seedAgency, type SeededAgency } from '../support/agency.js';
import { launch } from '../support/browser.js';
import { signIn } from '../support/looks.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { startServer, type TestServer } from '../support/server.js';

/* When the first screen is painted, over typical connections. Printed, not asserted: depends on the machine. */

interface Line {
  name: string;
  /** Round trip, milliseconds. */
  latency: number;
  /** Megabits a second. */
  down: number;
  up: number;
  /** CPU slowdown relative to this machine. */
  slower: number;
  goalMs: number;
}

const LINES: Line[] = [
  { name: 'slow 4G and a processor 4 times slower', latency: 150, down: 1.6, up: 0.75, slower: 4, goalMs: 2_500 },
  { name: 'cable', latency: 28, down: 5, up: 1, slower: 1, goalMs: 800 },
];
const ROUNDS = 3;
const BYTES = 1_000_000 / 8;

const path = findBrowser();
let server: TestServer;
let receiver: Receiver;
let agency: SeededAgency;

async function slowDown(page: Page, { latency, down, up, slower }: Line): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  const throughput = { downloadThroughput: down * BYTES, uploadThroughput: up * BYTES };
  await devtools.send('Network.emulateNetworkConditions', { offline: false, latency, ...throughput });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slower });
}

/** Milliseconds until the largest paint, in a browser with an empty cache. */
async function largestPaint(line: Line): Promise<number> {
  const browser = await launch(path!, { measured: true });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await signIn(context, server, agency.owner);
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.addInitScript(`new PerformanceObserver((list) => {
        window.largest = list.getEntries().at(-1).startTime;
      })
      .observe({ type: 'largest-contentful-paint', buffered: true });`);
    await slowDown(page, line);
    await page.goto(`${server.url}/recruiter/api/webhooks`);
    await page.getByRole('region', { name: /needs? you$/ }).waitFor();
    await page.getByRole('link', { name: 'Payroll sync' }).first().waitFor();
    // One frame to paint, and the next one, in which that is reported.
    await page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))))',
    );
    return Math.round(Number(await page.evaluate('window.largest ?? 0')));
  } finally {
    await browser.close();
  }
}

describeWith('browser', path, 'the first screen', () => {
  beforeAll(async () => {
    [server, receiver] = await Promise.all([startServer({ env: AGENCY_ENV }), startReceiver()]);
    agency = await seedAgency(server, receiver);
  });
  afterAll(async () => {
    await receiver?.close();
    await server?.stop();
  });

  it.each(LINES.map((line) => [line.name, line] as const))(
    'is painted over %s',
    async (name, line) => {
      const times: number[] = [];
      for (let n = 0; n < ROUNDS; n++) times.push(await largestPaint(line));
      const sorted = times.toSorted((a, b) => a - b);
      const median = sorted[Math.floor(ROUNDS / 2)];
      console.info(`${name}: largest paint after ${median} ms (fastest ${sorted[0]}), goal ${line.goalMs}`);
      expect(times.every((ms) => ms > 0)).toBe(true);
    },
    240_000,
  );
});
