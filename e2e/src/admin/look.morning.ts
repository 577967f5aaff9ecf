import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, it } from '@jest/globals';
import { launch } from '../support/browser.js';
import { signIn } from '../support/looks.js';
import { seedMorning, type Morning } from '../support/morning/morning.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { findBrowser } from '../support/requirements.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * `npm run morning`: runs a server on a Monday morning until Ctrl-C. `PICTURES=1` takes pictures of its main pages
 * instead, in both themes and four widths; `PICTURES=log,paused` only of those.
 */

const FOLDER = fileURLToPath(new URL('../../.results/morning', import.meta.url));
const WIDTHS = [1440, 1280, 768, 390];
let server: TestServer;
let receiver: Receiver;
let morning: Morning;

beforeAll(async () => {
  [server, receiver] = await Promise.all([
    startServer({ env: { DELAY_SCALE: '1', PORT: process.env['PORT'] ?? '0' } }),
    startReceiver(),
  ]);
  morning = await seedMorning(server, receiver);
}, 120_000);

afterAll(async () => {
  await receiver?.close();
  await server?.stop();
});

const shown = process.env['PICTURES'] === undefined ? it : it.skip;
const pictured = process.env['PICTURES'] === undefined ? it.skip : it;

shown(
  'is there to look at',
  async () => {
    const { email, password } = server.demo;
    process.stdout.write(`${server.url}/recruiter/api/webhooks\n${email} · ${password}\n`);
    process.stdout.write(
      `${Object.keys(morning.webhooks).length} webhooks, ${morning.deliveries} deliveries. Ctrl-C ends it.\n`,
    );
    await new Promise((resolve) => process.once('SIGINT', resolve));
  },
  2 ** 31 - 1,
);

pictured(
  'has its picture taken',
  async () => {
    mkdirSync(FOLDER, { recursive: true });
    const browser = await launch(findBrowser()!);
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    await signIn(context, server, server.demo);
    const page = await context.newPage();
    const of = (name: string) => `/recruiter/api/webhooks/${morning.webhooks[name]!.id}`;
    const pages: Record<string, string> = {
      landing: '/recruiter/api/webhooks',
      paused: of('ATS mirror'),
      week: of('ATS mirror'),
      healthy: of('Payroll sync'),
      off: of('Background checks'),
      problems: of('Onboarding portal'),
      log: '/recruiter/api/deliveries',
      failed: '/recruiter/api/deliveries?status=failed&period=24h',
      drawer: '/recruiter/api/deliveries?status=failed',
      events: '/recruiter/api/events',
      settings: `${of('ATS mirror')}/settings`,
      add: '/recruiter/api/webhooks/new',
      members: '/recruiter/api/members',
      keys: '/recruiter/api/keys',
      audit: '/recruiter/api/audit',
      guide: '/recruiter/api/guide',
      tries: '/recruiter/api/guide/tries',
      catalogue: '/recruiter/api/guide/events',
    };
    for (const [name, path] of Object.entries(pages)) {
      if (process.env['PICTURES'] !== '1' && !process.env['PICTURES']!.split(',').includes(name.split('-')[0]!))
        continue;
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(server.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (name === 'week') await page.getByText('7 days', { exact: true }).click();
      if (name === 'drawer') await page.locator('[data-row] a').first().click();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: width === 390 ? 844 : width === 768 ? 1024 : 900 });
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          await page.screenshot({ path: join(FOLDER, `${name}-${width}-${colorScheme}.png`), animations: 'disabled' });
        }
      }
    }
    await browser.close();
  },
  300_000,
);
