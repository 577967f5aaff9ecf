import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { launch } from '../support/browser.js';
import { addWebhook, applicationCreated, deliveriesOf, publish } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { LONG } from '../support/long.js';
import { signIn } from '../support/looks.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { sharedServer, type SharedServer } from '../support/shared.js';

/* Specific to phones: rows that scroll sideways, fields behind a button. By touch, and with a keyboard. */

const path = findBrowser();
const WIDTHS = LONG ? [390, 320] : [320];
let server: SharedServer;
let receiver: Receiver;
let browser: Browser;
let phone: Page;
let webhookId: string;

async function openPhone(): Promise<Page> {
  const context = await browser.newContext({ hasTouch: true, isMobile: true, reducedMotion: 'reduce' });
  await signIn(context, server, server.demo);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  return page;
}

/** A page of this width. */
async function phoneOf(width: number): Promise<Page> {
  await phone.setViewportSize({ width, height: 720 });
  return phone;
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
const states = (page: Page) => page.getByRole('group', { name: 'Status' });
const chip = (page: Page, name: RegExp) => states(page).getByRole('button', { name });

async function boxesOf(targets: Locator) {
  const boxes = await Promise.all((await targets.all()).map((target) => target.boundingBox()));
  return boxes.map((box) => box!);
}

/** Whether it is horizontally inside the window. */
async function isInSight(target: Locator): Promise<boolean> {
  const width = target.page().viewportSize()!.width;
  const box = (await target.boundingBox())!;
  return box.x >= 0 && box.x + box.width <= width;
}

/** Checks that the page itself does not scroll sideways. */
async function expectStill(page: Page): Promise<void> {
  await page.evaluate('scrollTo(1000, scrollY)');
  expect(await page.evaluate('[scrollX, document.documentElement.scrollWidth - innerWidth]')).toEqual([0, 0]);
}

/** Swipes over it from the right edge of the window to the left one. */
async function swipe(target: Locator): Promise<void> {
  const page = target.page();
  const box = (await target.boundingBox())!;
  const y = box.y + box.height / 2;
  const touch = await page.context().newCDPSession(page);
  const right = page.viewportSize()!.width - 20;
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: right, y }] });
  for (let x = right; x > 20; x -= 20) {
    await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x, y }] });
  }
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

describeWith('browser', path, 'on a phone', () => {
  beforeAll(async () => {
    [server, receiver, browser] = await Promise.all([sharedServer(), startReceiver(), launch(path!)]);
    receiver.script('/in', ...Array.from({ length: 40 }, () => 503));
    phone = await openPhone();
    webhookId = (await addWebhook(server, { url: receiver.url('/in'), description: 'Payroll sync' })).id;
    for (let n = 0; n < 4; n++) await publish(server, applicationCreated(server));
    await eventually(
      async () => {
        const rows = await deliveriesOf(server, webhookId);
        expect(rows.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'failed'));
      },
      { timeoutMs: 30_000 },
    );
  });
  afterAll(async () => {
    await browser?.close();
    await receiver?.close();
  });

  it.each(WIDTHS)(
    'the states of deliveries are one row, which scrolls by touch and by keyboard: %d px',
    async (width) => {
      const page = await phoneOf(width);
      // Selected states are shown even without deliveries.
      await page.goto(`${server.url}/recruiter/api/deliveries?status=retrying,waiting,skipped,cancelled`);
      await chip(page, /^Failed 4/).waitFor();
      const boxes = await boxesOf(states(page).getByRole('button'));
      expect(boxes).toHaveLength(6);
      expect(new Set(boxes.map(({ y }) => y)).size).toBe(1);
      expect(await isInSight(chip(page, /^Cancelled/))).toBe(false);
      for (let n = 0; n < 3; n++) await swipe(chip(page, /^All/));
      expect(await isInSight(chip(page, /^Cancelled/))).toBe(true);
      await chip(page, /^All/).focus();
      for (let n = 0; n < 5; n++) {
        await page.keyboard.press('Tab');
        await eventually(async () => expect(await isInSight(page.locator(':focus'))).toBe(true));
      }
      expect(await page.locator(':focus').textContent()).toMatch(/^Cancelled/);
      await expectStill(page);
      // A link to a state beyond the edge scrolls to it.
      await page.goto(`${server.url}/recruiter/api/deliveries?status=cancelled`);
      await eventually(async () => expect(await isInSight(chip(page, /^Cancelled/))).toBe(true));
      expect(await page.evaluate('scrollY')).toBe(0);
    },
  );

  it.each(WIDTHS)('the filters of deliveries are behind a button: %d px', async (width) => {
    const page = await phoneOf(width);
    await page.goto(`${server.url}/recruiter/api/deliveries`);
    const row = page.getByRole('row').filter({ hasText: 'New application' }).first();
    await row.waitFor();
    const list = async () => (await row.boundingBox())!.y;
    const before = await list();
    const button = page.getByRole('button', { name: 'Filters', exact: true });
    await button.tap();
    await page.getByRole('combobox', { name: 'Time' }).selectOption('24h');
    await page.waitForURL(/period=24h/);
    expect(await list()).toBeGreaterThan(before);
    await expectStill(page);
    await button.tap();
    await page.getByRole('combobox', { name: 'Time' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Remove the condition: Last 24 hours' }).waitFor();
  });

  if (LONG) {
    it('an unknown address offers a way out', async () => {
      const page = await phoneOf(320);
      await page.goto(`${server.url}/recruiter/api/nowhere`);
      await heading(page, 'Page not found');
      await expectStill(page);
      await page.getByRole('link', { name: 'Go to Webhooks' }).tap();
      await heading(page, 'Webhooks');
    });
  }

  it('the first useful line of each page is within 200 px', async () => {
    const page = await phoneOf(390);
    await page.goto(`${server.url}/recruiter/api/webhooks`);
    const headline = page.getByRole('heading', { name: /needs? you$/ });
    await headline.waitFor();
    const row = page.getByRole('row').filter({ hasText: 'New application' }).first();
    const verdict = page.getByRole('heading', { name: /says it is down/ });
    const top = async (target: Locator) => (await boxesOf(target))[0]!.y;
    expect(await top(headline)).toBeLessThan(200);
    await page.goto(`${server.url}/recruiter/api/deliveries`);
    await row.waitFor();
    expect(await top(row)).toBeLessThan(200);
    await page.goto(`${server.url}/recruiter/api/webhooks/${webhookId}`);
    await verdict.waitFor();
    expect(await top(verdict)).toBeLessThan(200);
    await expectStill(page);
  });
});
