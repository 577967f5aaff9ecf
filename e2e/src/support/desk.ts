import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launch, newTab, type Tab } from './browser.js';
import { signIn } from './looks.js';
import { startReceiver, type Receiver } from './receiver.js';
import { sharedServer, type SharedServer } from './shared.js';

/** The environment of an agency's owner: one agency and receiver per file, a fresh profile for each test. */
export interface Desk {
  server: SharedServer;
  receiver: Receiver;
  tab: Tab;
  page: Page;
}

/** Call it in a `describe`; the result is available in its tests. `path` comes from `findBrowser()`. */
export function ownersDesk(path: string): Desk {
  const desk = {} as Desk;
  let browser: Browser | undefined;
  beforeAll(async () => {
    [desk.server, desk.receiver, browser] = await Promise.all([sharedServer(), startReceiver(), launch(path)]);
  });
  afterAll(async () => {
    await browser?.close();
    await desk.receiver?.close();
  });
  beforeEach(async () => {
    desk.tab = await newTab(browser!);
    desk.page = desk.tab.page;
    await signIn(desk.page.context(), desk.server, desk.server.demo);
  });
  afterEach(() => desk.page?.context().close());
  return desk;
}
