import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { openTab, type Tab } from '../support/browser.js';
import { applicationCreated, publish } from '../support/client.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { startServer, type TestServer } from '../support/server.js';

/* The core tasks with the keyboard alone (WCAG 2.1.1): nothing here clicks, fills or focuses but by keys. */

const path = findBrowser();
const MOST_TABS = 90;
let server: TestServer;
let receiver: Receiver;
let tab: Tab;
let page: Page;

const press = (key: string) => page.keyboard.press(key);
const type = (text: string) => page.keyboard.type(text);
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
/** And shows it: a focus that nobody sees is none (2.4.7). */
const hasFocus = async (target: Locator) => (await target.and(page.locator(':focus-visible')).count()) > 0;

/** Goes on with Tab until the control has the focus. */
async function tabTo(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await target.first().waitFor();
  for (let n = 0; n < MOST_TABS; n++) {
    if (await hasFocus(target.first())) return;
    await press(key);
  }
  throw new Error(`${MOST_TABS} times Tab does not lead to ${String(target)}`);
}

async function activate(target: Locator): Promise<void> {
  await tabTo(target);
  await press('Enter');
}

async function signIn(): Promise<void> {
  await page.goto(server.url);
  await tabTo(page.getByLabel('E-mail'));
  await type(server.demo.email);
  await tabTo(page.getByLabel('Password', { exact: true }));
  await type(server.demo.password);
  await press('Enter');
  await page.waitForURL(/\/webhooks$/);
  // The first steps, which take the place of the list that was still loading.
  await button('Use a test inbox').waitFor();
}

async function addSaveAndTest(): Promise<void> {
  await press('n');
  await tabTo(page.getByLabel('Address'));
  await type(receiver.url('/in'));
  await tabTo(page.getByRole('checkbox', { name: 'Applications' }));
  await press('Space');
  await tabTo(page.getByLabel('Description'));
  await type('Payroll sync');
  await activate(button('Create webhook'));
  await activate(button('Copy'));
  await page.getByRole('button', { name: /Copied/ }).waitFor();
  await activate(button('I saved it — send a test'));
  await activate(button('Send test'));
  await page.getByText('It works.').waitFor();
  await activate(button('Done'));
  await page.getByRole('link', { name: 'Payroll sync' }).first().waitFor();
}

async function findOpenResendCopy(applicationId: string): Promise<void> {
  await press('g');
  await press('d');
  await page.getByRole('heading', { level: 1, name: 'Deliveries' }).waitFor();
  await tabTo(page.getByRole('button', { name: /Delivered/ }));
  await press('Enter');
  await page.waitForURL(/status=delivered/);
  await page.getByRole('row').filter({ hasText: applicationId }).waitFor();
  await press('j');
  await press('Enter');
  const drawer = page.getByRole('complementary', { name: 'Delivery' });
  await drawer.getByRole('button', { name: 'Resend' }).waitFor();
  await press('r');
  await receiver.next('/in', 3);
  await drawer.getByText('Try 2').first().waitFor();
  await press('c');
  await page
    .getByText(/copied/i)
    .first()
    .waitFor();
  const copied = String(await page.evaluate('navigator.clipboard.readText()'));
  expect(page.url()).toContain(copied);
  await press('Escape');
  await drawer.waitFor({ state: 'detached' });
}

async function rotate(): Promise<void> {
  await press('g');
  await press('w');
  await activate(page.getByRole('link', { name: 'Payroll sync' }));
  await activate(page.getByRole('link', { name: 'Settings' }));
  await activate(button('Make a new secret…'));
  const dialog = page.getByRole('dialog');
  await activate(dialog.getByRole('button', { name: 'Make a new secret' }));
  await activate(dialog.getByRole('button', { name: 'Copy' }));
  await activate(dialog.getByRole('button', { name: 'I saved it' }));
  await page.getByText(/works until/).waitFor();
}

async function switchOffAndOn(): Promise<void> {
  const toggle = page.getByRole('switch', { name: /^Payroll sync is/ });
  await tabTo(toggle, 'Shift+Tab');
  await press('Space');
  await activate(page.getByRole('dialog').getByRole('button', { name: 'Turn off' }));
  await page.getByRole('switch', { name: 'Payroll sync is off' }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await tabTo(toggle);
  await press('Space');
  await page.getByRole('switch', { name: 'Payroll sync is on' }).waitFor();
}

async function readGuide(): Promise<void> {
  await press('g');
  await press('g');
  await activate(page.getByRole('link', { name: /checker/i }));
  await page.waitForURL(/guide\/checker$/);
}

describeWith('browser', path, 'the keyboard alone', () => {
  beforeAll(async () => {
    [server, receiver, tab] = await Promise.all([startServer(), startReceiver(), openTab(path!)]);
    page = tab.page;
  });
  afterAll(async () => {
    await tab?.browser.close();
    await receiver?.close();
    await server?.stop();
  });

  it('is enough to sign in, add, save, test, filter, open, resend, copy, rotate, switch off and on, and read the guide', async () => {
    await signIn();
    await addSaveAndTest();
    const event = applicationCreated(server);
    await publish(server, event);
    await receiver.next('/in', 2);
    await findOpenResendCopy(String(event.data['applicationId']));
    await rotate();
    await switchOffAndOn();
    await readGuide();
    expect(tab.problems).toEqual([]);
  }, 120_000);
});
