import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** The script for `addInitScript`. */
export const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** One line per violation: rule, element, problem. Elements covered by a modal dialog are left out. */
export async function violations(page: Page): Promise<string[]> {
  return page.evaluate(`axe.run(
    [...document.querySelectorAll('[aria-modal="true"]')].at(-1) ?? document,
    { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ['violations'], preload: false },
  ).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map((node) =>
      id + ' ' + node.target.join(' ') + ': ' + node.failureSummary.replaceAll('\\n', ' '))))`);
}
