import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { launch, newTab, type Tab } from '../support/browser.js';
import { describeWith, findBrowser } from '../support/requirements.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const browser = findBrowser();

/** More elements than this make a screen slow. */
const MAX_ELEMENTS = 700;

describeWith('browser', browser, 'a list of 100,000 deliveries', () => {
  let folder: string;
  let server: Server;
  let tab: Tab;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bpoc-list-'));
    const vite = join(root, 'node_modules/vite/bin/vite.js');
    const words = [
      vite,
      'build',
      join(root, 'admin/measure'),
      '--outDir',
      folder,
      '--emptyOutDir',
      '--logLevel',
      'error',
    ];
    const built = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
    expect(built.stderr).toBe('');
    server = await serve(folder);
    tab = await newTab(await launch(browser!, { measured: true }));
    await tab.page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.page.getByRole('row').nth(5).waitFor();
  });
  afterAll(async () => {
    await tab?.browser.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('renders only rows near the window, from the first row to the last', async () => {
    const devtools = await tab.page.context().newCDPSession(tab.page);
    // CPU time, because wall time depends on the load of the machine.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const taskSeconds = async () =>
      (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!.value;
    const before = await taskSeconds();
    const most = await tab.page.evaluate<Scrolled>(scrollThrough);
    const work = Math.round(((await taskSeconds()) - before) * (1000 / most.frames) * 10) / 10;
    // Printed, not asserted, because it depends on the machine.
    console.info(
      `100,000 rows: at most ${most.elements} elements; frames while scrolling: ` +
        `median ${most.p50} ms, p95 ${most.p95} ms, ${work} ms of work each`,
    );
    expect(most.elements).toBeLessThanOrEqual(MAX_ELEMENTS);
    await tab.page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await tab.page.getByText('Application A-99999', { exact: true }).waitFor();
    expect(await tab.page.getByRole('row').last().getAttribute('aria-rowindex')).toMatch(/^1000\d\d$/);
    expect(await tab.page.evaluate('document.querySelectorAll("*").length')).toBeLessThanOrEqual(MAX_ELEMENTS);
    expect(await tab.page.getByRole('table').getAttribute('aria-rowcount')).toBe('-1');
    expect(tab.problems).toEqual([]);
  });
});

interface Scrolled {
  elements: number;
  p50: number;
  p95: number;
  frames: number;
}

/** In the page: scrolls steadily, then in jumps; returns how long frames took and how many elements there were. */
const scrollThrough = `(async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const times = [];
  let elements = 0;
  const look = async () => {
    const now = await frame();
    elements = Math.max(elements, document.querySelectorAll('*').length);
    return now;
  };
  let before = await look();
  for (let n = 0; n < 180; n++) {
    scrollBy(0, 60);
    const now = await look();
    times.push(now - before);
    before = now;
  }
  for (let n = 1; n < 20; n++) {
    scrollTo(0, (document.documentElement.scrollHeight * n) / 20);
    await look();
    await look();
  }
  times.sort((a, b) => a - b);
  const at = (share) => Math.round(times[Math.floor(times.length * share)] * 10) / 10;
  return { elements, p50: at(0.5), p95: at(0.95), frames: times.length + 38 };
})()`;

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '');
    if (!/^\/[\w./-]+$/.test(path) || path.includes('..') || path === '/favicon.ico')
      return response.writeHead(204).end();
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/plain' });
    return response.end(readFileSync(join(folder, path)));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
