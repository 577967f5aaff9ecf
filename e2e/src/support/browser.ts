import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';

const RESULTS = fileURLToPath(new URL('../../.results', import.meta.url));

/** What every journey needs. */
export interface Tab {
  browser: Browser;
  page: Page;
  /** Uncaught errors, console errors and refused requests; a journey must end with none. */
  problems: string[];
}

/** Pages live for a second or two, so optimising scripts and emulating a GPU would cost more than they save. */
const SHORT_LIVED = ['--disable-gpu', '--js-flags=--no-opt --no-maglev'];

/** A headless browser. `path` is that of `findBrowser()`. @param measured with the speed of a normal browser. */
export function launch(path: string, { measured = false } = {}): Promise<Browser> {
  // Chromium refuses its sandbox to root, and only to root.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: path, args: [...asRoot, ...(measured ? [] : SHORT_LIVED)] });
}

/** A headless browser with one page of a laptop's size. `path` is that of `findBrowser()`. */
export async function openTab(path: string): Promise<Tab> {
  return newTab(await launch(path));
}

/** A laptop-sized page in a separate profile. */
export async function newTab(browser: Browser): Promise<Tab> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  return { browser, page, problems: watch(page) };
}

function watch(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    // The browser's message about a refused request has no address; the listener below does.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      problems.push(message.text());
  });
  page.on('response', (response) => {
    // How the app detects the missing session.
    const asksWho = response.status() === 401 && response.url().endsWith('/api/me');
    if (response.status() >= 400 && !asksWho) problems.push(`${response.status()} ${response.url()}`);
  });
  return problems;
}

/** The clipboard. Pages of the server cannot read it, but the API description can. */
export async function copied(page: Page): Promise<string> {
  const reader = await page.context().newPage();
  await reader.goto(new URL('/api/openapi.json', page.url()).href);
  const text = String(await reader.evaluate('navigator.clipboard.readText()'));
  await reader.close();
  return text;
}

/**
 * Counts a person's clicks in the page from now on, across screens, without clicks by the app and those that Playwright
 * blocks and repeats because the target had moved.
 */
export async function countClicks(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(`document.addEventListener('click', ({ isTrusted }) => {
    if (isTrusted) sessionStorage.setItem('clicks', String(Number(sessionStorage.getItem('clicks')) + 1));
  }, true)`);
  return async () => Number(await page.evaluate(`sessionStorage.getItem('clicks')`));
}

/** Saves a picture of the page as e2e/.results/<name>.png, for people. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(RESULTS, { recursive: true });
  await page.evaluate('document.fonts.ready.then(() => undefined)');
  await page.screenshot({ path: join(RESULTS, `${name}.png`), animations: 'disabled' });
}
