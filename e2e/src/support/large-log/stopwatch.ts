import type { Page } from 'playwright-core';

/*
 * Measures how long a change of the list takes, with the page's clock: from the first event of the key, click or
 * selection until the frame in which the rows and counts of the new filter are painted.
 */

export interface Change {
  ms: number;
  /** Whether a frame was painted while the answer was awaited; otherwise the app had it cached. */
  waited: boolean;
  /** The requests in the meantime, with the milliseconds until their answers. */
  list: number[];
  counts: number[];
  /** The delivery in the first rendered row; null if none matches. */
  first: string | null;
}

/** What to wait for: a new list, for another filter; or more rows, for another page. */
export type Kind = 'filter' | 'page';

// Another filter has a new list element; it and the chips are busy until they show its results.
const SCRIPT = `(() => {
  const listOf = () => document.querySelector('main div[aria-busy]:not([role])');
  const footOf = () => listOf()?.querySelector('[role="status"]')?.textContent ?? '';
  const isBusy = () => document.querySelector('main [aria-busy="true"]') !== null;
  const isDrawn = () =>
    listOf().querySelector('[data-row]') !== null || listOf().textContent.includes('No deliveries match.');
  const answers = (from, path) => performance.getEntriesByType('resource')
    .filter(({ name, startTime }) => startTime >= from && new URL(name).pathname === path)
    .map(({ startTime, requestStart, responseEnd }) => responseEnd - (requestStart || startTime));
  window.stopwatch = (kind) => {
    performance.clearResourceTimings();
    const before = kind === 'filter' ? listOf() : footOf();
    let start = null;
    // Another page is never cached.
    let waited = kind === 'page';
    const types = ['pointerdown', 'keydown', 'input', 'change', 'wheel'];
    const stamp = ({ timeStamp }) => (start ??= timeStamp);
    for (const type of types) addEventListener(type, stamp, { capture: true });
    window.stopped = new Promise((resolve) => {
      const look = () => {
        const now = kind === 'filter' ? listOf() : footOf();
        if (start !== null && now !== before && isBusy()) waited = true;
        if (start === null || now === before || isBusy() || !isDrawn()) return requestAnimationFrame(look);
        // After this frame was drawn.
        setTimeout(() => {
          for (const type of types) removeEventListener(type, stamp, { capture: true });
          const path = '/api/recruiter/deliveries';
          const ms = performance.now() - start;
          const first = listOf().querySelector('[data-row]')?.dataset.id ?? null;
          resolve({ ms, waited, first, list: answers(start, path), counts: answers(start, path + '/counts') });
        });
      };
      requestAnimationFrame(look);
    });
  };
})()`;

export async function installStopwatch(page: Page): Promise<void> {
  await page.addInitScript(SCRIPT);
}

/** Performs an action and returns how long the list took. */
export async function timeChange(page: Page, kind: Kind, act: () => Promise<unknown>): Promise<Change> {
  await page.evaluate(`window.stopwatch('${kind}')`);
  await act();
  return page.evaluate<Change>('window.stopped');
}
