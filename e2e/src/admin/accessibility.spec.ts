import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AGENCY_ENV, seedAgency, type SeededAgency } from '../support/agency.js';
import { lookAs, LOOKS, nameOf, Visitor } from '../support/looks.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { SCREENS } from '../support/screens.js';
import { startServer, type TestServer } from '../support/server.js';

/* WCAG 2.2 AA by axe on every screen and overlay, in both themes and widths; and no sideways scrolling at 320 px or at 200 % zoom. */

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** A laptop at 200 % has half its pixels; 320 px is the reflow criterion (1.4.10). */
const NARROW = [
  { colorScheme: 'light', width: 640, height: 400 },
  { colorScheme: 'light', width: 320, height: 640 },
] as const;

const path = findBrowser();
const wanted = (process.env['SCREENS'] ?? '').split(',');
const screens = SCREENS.filter(({ name }) => wanted.some((start) => name.startsWith(start)));
let server: TestServer;
let receiver: Receiver;
let agency: SeededAgency;
let visitor: Visitor;

/**
 * Each violation in a line: rule, element, and what is wrong with it. What a modal dialog covers cannot be used and is looked at without it.
 */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  return page.evaluate(`axe.run([...document.querySelectorAll('[aria-modal="true"]')].at(-1) ?? document, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map((node) =>
      id + ' ' + node.target.join(' ') + ': ' + node.failureSummary.replaceAll('\\n', ' '))))`);
}

/** Elements that make the page wider than the window; those that scroll in a box of their own are fine. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .slice(0, 5)
      .map((element) => element.tagName + '.' + element.className + ' ' + Math.round(element.getBoundingClientRect().right));
  })()`);
}

describeWith('browser', path, 'every screen and overlay', () => {
  beforeAll(async () => {
    [server, receiver] = await Promise.all([startServer({ env: AGENCY_ENV }), startReceiver()]);
    agency = await seedAgency(server, receiver);
    visitor = await Visitor.open(path!, server, agency);
  }, 120_000);
  afterAll(async () => {
    await visitor?.close();
    await receiver?.close();
    await server?.stop();
  });

  it('is covered', () => expect(SCREENS.length).toBeGreaterThan(60));

  it.each(screens.map((screen) => [screen.name, screen] as const))(
    '%s has no violation in either theme or width, and never scrolls sideways',
    async (_name, screen) => {
      const found = await visitor.visit(screen, async (page) => {
        const lines: string[] = [];
        for (const look of LOOKS) {
          await lookAs(page, look);
          for (const line of await violations(page)) lines.push(`${nameOf(look)}: ${line}`);
        }
        for (const look of NARROW) {
          await lookAs(page, look);
          for (const line of await tooWide(page)) lines.push(`too wide for ${look.width}: ${line}`);
        }
        return lines;
      });
      expect(found).toEqual([]);
    },
    60_000,
  );
});
