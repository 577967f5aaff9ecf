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
 * WCAG 2.2 AA by axe on every screen and overlay in both themes and widths, and on every state in one of the four; and
 * no sideways scrolling at 320 px or at 200 % zoom; and the focus has a place, also once an overlay is closed. Several
 * pages visit the screens in parallel, in the order of the tests, which wait for theirs. A screen costs about four CPU
 * seconds: `npm test` takes a sample in half of the looks, the long form all.
 */

/** 320 px is the reflow criterion (1.4.10); a laptop at 200 % has half its pixels. */
const NARROW: readonly Look[] = [
  { colorScheme: 'light', width: 320, height: 640 },
  { colorScheme: 'light', width: 640, height: 400 },
];
const TALL = 4_000;
/** While one page waits for the server, another is checked; each page loads the app anew. */
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

/** Elements that make the page wider than the window; those inside a scrolling box are fine. */
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

/** Waits until something has the focus: it is given once what shows has moved in, or out. */
async function lostFocus(page: Page, when: string): Promise<string[]> {
  // Not page.waitForFunction, which the policy of the page forbids.
  const isLost = () => page.evaluate<boolean>(`[null, document.body].includes(document.activeElement)`);
  const found = eventually(async () => expect(await isLost()).toBe(false), { timeoutMs: 10_000 });
  return found.then(
    () => [],
    () => [`nothing has the focus ${when}`],
  );
}

/** The keyboard goes on from somewhere after the overlay on top was closed. */
async function lostOnceClosed(page: Page): Promise<string[]> {
  const overlay = page.locator('[role="dialog"], [role="menu"]').last();
  if ((await overlay.count()) === 0) return [];
  const closed = await overlay.elementHandle();
  await page.keyboard.press('Escape');
  // A secret that is not saved asks first.
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
  // First: at other widths the page may be made of other parts.
  const lines = await lostFocus(page, 'at first');
  for (const look of looksFor(screen)) {
    await lookAs(page, screen.tall ? { ...look, height: TALL } : look);
    for (const line of await violations(page)) lines.push(`${nameOf(look)}: ${line}`);
  }
  for (const look of screen.state ? NARROW.slice(0, 1) : NARROW) {
    await lookAs(page, look);
    for (const line of await tooWide(page)) lines.push(`too wide for ${look.width}: ${line}`);
  }
  return [...lines, ...(await lostOnceClosed(page))];
}

/** Begins with all of them; each page goes through every second or third. */
function visitAll(): void {
  const pages = Array.from({ length: PAGES }, () => Promise.resolve<unknown>(undefined));
  for (const [index, screen] of screens.entries()) {
    const result = pages[index % PAGES]!.then(() => visitor.visit(screen, (page) => lookAt(screen, page)));
    found.set(screen, result);
    // A separate test reports a failure.
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
