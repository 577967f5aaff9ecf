import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launch, newTab, type Tab } from './browser.js';
import { signIn } from './looks.js';
import { startReceiver, type Receiver } from './receiver.js';
import { startServer, type TestServer } from './server.js';

/** Where the owner of the demo agency sits: one server and receiver for a whole file, a fresh profile for each test. */
export interface Desk {
  server: TestServer;
  receiver: Receiver;
  tab: Tab;
  page: Page;
}

/** Called in a `describe`; its result is available within its tests. `path` is that of `findBrowser()`. */
export function ownersDesk(path: string): Desk {
  const desk = {} as Desk;
  let browser: Browser | undefined;
  beforeAll(async () => {
    [desk.server, desk.receiver, browser] = await Promise.all([startServer(), startReceiver(), launch(path)]);
  });
  afterAll(async () => {
    await browser?.close();
    await desk.receiver?.close();
    await desk.server?.stop();
  });
  beforeEach(async () => {
    desk.tab = await newTab(browser!);
    desk.page = desk.tab.page;
    await signIn(desk.page.context(), desk.server, desk.server.demo);
  });
  afterEach(() => desk.page?.context().close());
  return desk;
}
