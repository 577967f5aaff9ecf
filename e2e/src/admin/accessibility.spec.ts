import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AGENCY_ENV, seedAgency } from '../support/agency.js';
import { AXE, violations } from '../support/axe.js';
import { LONG } from '../support/long.js';
import { lookAs, LOOKS, nameOf, Visitor, type Look } from '../support/looks.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { chosenScreens, SCREENS } from '../support/screens.js';
import type { Screen } from '../support/screens/visit.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * Every screen and overlay meets WCAG 2.2 AA (axe) in both themes and widths, and every state in one of the four; none
 * scrolls sideways at 320 px or 200 % zoom; and the focus is never lost, even after an overlay closes. Several pages
 * visit the screens in parallel, in the order of the tests, which wait for theirs. A screen costs about four CPU
 * seconds: `npm test` takes a sample in half of the looks, the long form all.
 */

/** 320 px is the reflow criterion (1.4.10); a laptop at 200 % has half its pixels. */
const NARROW: readonly Look[] = [
  { colorScheme: 'light', width: 320, height: 640 },
  { colorScheme: 'light', width: 640, height: 400 },
];
const TALL_PX = 4_000;
/** While one page waits for the server, another is checked; each page reloads the app. */
const PAGES = LONG ? 3 : 2;

/** One of each kind: pages, a drawer, a dialog, a menu, one-time secrets, and a state of a page. */
const SAMPLE = new Set([
  'sign-in',
  'webhooks',
  'drawer-failed',
  'resend-many',
  'account-menu',
  'keys-once',
  'delivery-error',
]);

const path = findBrowser();
const screens = LONG || process.env['SCREENS'] ? chosenScreens() : SCREENS.filter(({ name }) => SAMPLE.has(name));
let server: TestServer;
let receiver: Receiver;
let visitor: Visitor;
const found = new Map<Screen, Promise<string[]>>();

/** Elements that make the page wider than the window, except those in a scrolling box. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .slice(0, 5)
      .map((element) => ({ element, right: Math.round(element.getBoundingClientRect().right) }))
      .map(({ element, right }) => element.tagName + '.' + element.className + ' ' + right);
  })()`);
}

/** Waits until something has the focus, which is set after animations. */
async function lostFocus(page: Page, when: string): Promise<string[]> {
  // Not page.waitForFunction, which the page's content security policy forbids.
  const isLost = () => page.evaluate<boolean>(`[null, document.body].includes(document.activeElement)`);
  const found = eventually(async () => expect(await isLost()).toBe(false), { timeoutMs: 10_000 });
  return found.then(
    () => [],
    () => [`nothing has the focus ${when}`],
  );
}

/** Checks that something has the focus after the top overlay closes. */
async function lostOnceClosed(page: Page): Promise<string[]> {
  const overlay = page.locator('[role="dialog"], [role="menu"]').last();
  if ((await overlay.count()) === 0) return [];
  const closed = await overlay.elementHandle();
  await page.keyboard.press('Escape');
  // An unsaved secret asks for confirmation.
  await closed.waitForElementState('hidden', { timeout: 2_000 }).catch(() => undefined);
  return lostFocus(page, 'once it is closed');
}

/** A state is checked once; its index in the list decides in which of the four looks. */
function looksFor(screen: Screen): readonly Look[] {
  const index = SCREENS.indexOf(screen);
  if (screen.state) return [LOOKS[index % LOOKS.length]!];
  return LONG ? LOOKS : LOOKS.filter((_, n) => n % 2 === index % 2);
}

async function lookAt(screen: Screen, page: Page): Promise<string[]> {
  // First, because the page may have other parts at other widths.
  const lines = await lostFocus(page, 'at first');
  for (const look of looksFor(screen)) {
    await lookAs(page, screen.tall ? { ...look, height: TALL_PX } : look);
    for (const line of await violations(page)) lines.push(`${nameOf(look)}: ${line}`);
  }
  for (const look of screen.state ? NARROW.slice(0, 1) : NARROW) {
    await lookAs(page, look);
    for (const line of await tooWide(page)) lines.push(`too wide for ${look.width}: ${line}`);
  }
  return [...lines, ...(await lostOnceClosed(page))];
}

/** Starts all visits; each page takes every second or third screen. */
function visitAll(): void {
  const pages = Array.from({ length: PAGES }, () => Promise.resolve<unknown>(undefined));
  for (const [index, screen] of screens.entries()) {
    const result = pages[index % PAGES]!.then(() => visitor.visit(screen, (page) => lookAt(screen, page)));
    found.set(screen, result);
    // Failures are reported by a separate test.
    pages[index % PAGES] = result.catch(() => undefined);
  }
}

describeWith('browser', path, 'every screen, overlay and state', () => {
  beforeAll(async () => {
    [server, receiver] = await Promise.all([startServer({ env: AGENCY_ENV }), startReceiver()]);
    visitor = await Visitor.open(path!, server, await seedAgency(server, receiver), AXE);
    visitAll();
  });
  afterAll(async () => {
    await visitor?.close();
    await receiver?.close();
    await server?.stop();
  });

  it('is covered', () => {
    expect(SCREENS.filter(({ name }) => SAMPLE.has(name))).toHaveLength(SAMPLE.size);
    expect(SCREENS.filter(({ state }) => !state).length).toBeGreaterThan(60);
    expect(SCREENS.filter(({ state }) => state).length).toBeGreaterThan(50);
  });

  it.each(screens.map((screen) => [screen.name, screen] as const))(
    '%s has no violation, never scrolls sideways and does not lose the focus',
    async (_name, screen) => expect(await found.get(screen)).toEqual([]),
  );
});
