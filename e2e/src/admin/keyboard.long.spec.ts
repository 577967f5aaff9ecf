import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { copied, openTab, type Tab } from '../support/browser.js';
import { applicationCreated, deliveriesOf, publish } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { sharedServer, type SharedServer } from '../support/shared.js';

/* The 12 core tasks by keyboard alone (WCAG 2.1.1): only keys click, fill and focus. Each continues from the last. */

const path = findBrowser();
/** More than once around any of the pages. */
const MAX_TABS = 90;
/** The number of keys for each task. */
const tabs = new Map<string, number>();
let doing = '';
let server: SharedServer;
let receiver: Receiver;
let tab: Tab;
let page: Page;

const press = (key: string) => page.keyboard.press(key);
const type = (text: string) => page.keyboard.type(text);
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
/** Checks that the focus is visible (2.4.7). */
const hasFocus = async (target: Locator) => (await target.and(page.locator(':focus-visible')).count()) > 0;

/** Presses Tab until the control has the focus. */
async function tabTo(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await target.first().waitFor();
  for (let n = 0; n < MAX_TABS; n++) {
    if (await hasFocus(target.first())) return;
    await press(key);
    tabs.set(doing, (tabs.get(doing) ?? 0) + 1);
  }
  throw new Error(`${MAX_TABS} times Tab do not lead to ${String(target)}`);
}

async function activate(target: Locator): Promise<void> {
  await tabTo(target);
  await press('Enter');
}

const dialog = () => page.getByRole('dialog');
const drawer = () => page.getByRole('complementary', { name: 'Delivery' });

/** Presses keys one after another, as in G D. */
async function keys(...names: string[]): Promise<void> {
  for (const name of names) await press(name);
}

async function signIn(): Promise<void> {
  await page.goto(server.url);
  await tabTo(page.getByLabel('Email'));
  await type(server.demo.email);
  await tabTo(page.getByLabel('Password', { exact: true }));
  await type(server.demo.password);
  await press('Enter');
  await page.waitForURL(/\/webhooks$/);
  // The first steps replace the list that was loading.
  await button('Use a test inbox').waitFor();
}

async function addWebhook(): Promise<void> {
  await press('n');
  await tabTo(page.getByLabel('Address', { exact: true }));
  await type(receiver.url('/in'));
  await tabTo(page.getByRole('checkbox', { name: 'Applications' }));
  await press('Space');
  await tabTo(page.getByLabel('Name'));
  await type('Payroll sync');
  await activate(button('Create webhook'));
  await activate(button('Copy'));
  await page.getByRole('button', { name: /Copied/ }).waitFor();
  await activate(button('Saved. Next: send a test'));
}

async function sendTest(): Promise<void> {
  await activate(dialog().getByRole('button', { name: 'Send test' }));
  await page.getByText('It works.').waitFor();
  await activate(button('Done'));
  await page.getByRole('link', { name: 'Payroll sync' }).first().waitFor();
}

/** Three failed deliveries of a receiver that has recovered. */
async function letThemFail(): Promise<void> {
  receiver.script('/in', ...Array.from({ length: 3 * 4 }, () => 503));
  for (const applicationId of FAILED) await publish(server, applicationCreated(server, named(applicationId)));
  await eventually(async () => expect(await statuses()).toEqual(['failed', 'failed', 'failed']), { timeoutMs: 30_000 });
}

async function statuses(): Promise<string[]> {
  const link = page.getByRole('link', { name: 'Payroll sync' });
  webhookId ||= /webhooks\/([\w-]+)/.exec((await link.first().getAttribute('href'))!)![1]!;
  return (await deliveriesOf(server, webhookId)).map(({ status }) => status);
}

async function find(): Promise<void> {
  await letThemFail();
  await keys('g', 'd');
  await page.getByRole('heading', { level: 1, name: 'Deliveries' }).waitFor();
  await tabTo(page.getByRole('group', { name: 'Status' }).getByRole('button', { name: /Failed/ }));
  await press('Enter');
  await page.waitForURL(/status=failed/);
  await press('/');
  await type(FAILED[1]!);
  await press('Enter');
  await page.waitForURL(/q=A-2/);
  await page.getByRole('row').filter({ hasText: FAILED[0]! }).waitFor({ state: 'detached' });
  await page.getByRole('row').filter({ hasText: FAILED[1]! }).waitFor();
}

async function seeWhy(): Promise<void> {
  // Searching leaves the focus where it was, in a field that takes letters.
  expect(await hasFocus(page.getByRole('searchbox'))).toBe(true);
  await tabTo(page.getByRole('checkbox').first());
  await press('j');
  await press('Enter');
  const why = drawer().getByRole('region', { name: 'What happened' });
  await why.getByText('Their server says it is down.').waitFor();
  await why.getByText(/The developer of Payroll sync can fix this/).waitFor();
  await readMessage();
}

/** The message is a tree, which arrow keys walk and fold. */
async function readMessage(): Promise<void> {
  await activate(drawer().getByRole('tab', { name: 'Sent' }));
  const tree = drawer().getByRole('tree', { name: 'Message we sent' });
  await tabTo(tree.getByRole('button').first());
  const id = tree.getByText(`"${FAILED[1]!}"`);
  await id.waitFor();
  await press('ArrowRight');
  expect(await hasFocus(tree.getByRole('button', { name: '"data":' }))).toBe(true);
  await press('ArrowLeft');
  await id.waitFor({ state: 'detached' });
  await press('ArrowRight');
  await id.waitFor();
}

async function copyForDeveloper(): Promise<void> {
  await activate(drawer().getByRole('button', { name: 'Copy details for developer' }));
  await eventually(async () => expect(await copied(page)).toContain('503'));
  await press('c');
  await eventually(async () => expect(page.url()).toContain(await copied(page)));
}

async function resendOne(): Promise<void> {
  await press('r');
  await drawer().getByText('Try 5').first().waitFor();
  await drawer()
    .getByText(/^Delivered in /)
    .waitFor();
  await press('Escape');
  await drawer().waitFor({ state: 'detached' });
}

async function resendAll(): Promise<void> {
  await keys('g', 'w');
  await activate(page.getByRole('region', { name: /needs? you$/ }).getByRole('button', { name: /^Resend 2… / }));
  await activate(dialog().getByRole('button', { name: 'Resend 2 deliveries' }));
  const bar = page.getByRole('region', { name: 'Resending' });
  await bar.getByRole('link', { name: '2 of 2 delivered' }).waitFor();
  await activate(bar.getByRole('button', { name: 'Close', exact: true }));
  await bar.waitFor({ state: 'detached' });
  expect(await statuses()).toEqual(['delivered', 'delivered', 'delivered']);
}

async function rotate(): Promise<void> {
  await keys('g', 'w');
  await activate(page.getByRole('list').getByRole('link', { name: 'Payroll sync', exact: true }));
  await activate(page.getByRole('link', { name: 'Settings' }));
  await activate(button('Create a new secret…'));
  await activate(dialog().getByRole('button', { name: 'Create a new secret' }));
  await activate(dialog().getByRole('button', { name: 'Copy' }));
  await activate(dialog().getByRole('button', { name: 'I have saved it' }));
  await page.getByText(/works until/).waitFor();
}

const toggle = () => page.getByRole('switch', { name: /^Payroll sync is/ });

async function switchOff(): Promise<void> {
  await tabTo(toggle(), 'Shift+Tab');
  await press('Space');
  await activate(dialog().getByRole('button', { name: 'Turn off' }));
  await page.getByRole('switch', { name: 'Payroll sync is off' }).waitFor();
  await dialog().waitFor({ state: 'detached' });
}

async function switchOnAndSend(): Promise<void> {
  await publish(server, applicationCreated(server));
  await eventually(async () => expect(await statuses()).toContain('skipped'));
  await tabTo(toggle());
  await press('Space');
  await activate(dialog().getByRole('button', { name: 'Send it…' }));
  await activate(dialog().getByRole('button', { name: 'Resend 1 delivery' }));
  await page.getByRole('link', { name: '1 of 1 delivered' }).waitFor();
  await dialog().waitFor({ state: 'detached' });
  await page.getByRole('switch', { name: 'Payroll sync is on' }).waitFor();
}

async function readGuide(): Promise<void> {
  await keys('g', 'g');
  await activate(page.getByRole('link', { name: /checker/i }));
  await page.waitForURL(/guide\/checker$/);
}

async function remove(): Promise<void> {
  await keys('g', 'w');
  await activate(page.getByRole('button', { name: 'More for Payroll sync' }));
  await page.getByRole('menu').waitFor();
  const edit = page.getByRole('menuitem', { name: 'Edit' });
  for (let n = 0; n < MAX_TABS && !(await hasFocus(edit)); n++) await press('ArrowDown');
  await press('Enter');
  await activate(button('Delete webhook…'));
  await tabTo(dialog().getByRole('textbox'));
  await type('Payroll sync');
  await press('Enter');
  await page.waitForURL(/\/webhooks$/);
  await button('Use a test inbox').waitFor();
}

const FAILED = ['A-1001', 'A-2002', 'A-3003'];

/** The log shows the name. */
const named = (applicationId: string) => ({ applicationId, candidateName: `Candidate of ${applicationId}` });
let webhookId = '';

/** In this order; all others depend on the first, signing in. */
const TASKS: [string, () => Promise<void>][] = [
  ['add a webhook and save its secret', addWebhook],
  ['send a test', sendTest],
  ['find a delivery', find],
  ['see why it failed', seeWhy],
  ['copy details for a developer', copyForDeveloper],
  ['resend one delivery', resendOne],
  ['resend an outage', resendAll],
  ['make a new secret', rotate],
  ['turn a webhook off', switchOff],
  ['turn it on and send what was skipped', switchOnAndSend],
  ['read the Guide', readGuide],
  ['delete a webhook', remove],
];

describeWith('browser', path, 'the keyboard alone is enough to', () => {
  beforeAll(async () => {
    [server, receiver, tab] = await Promise.all([sharedServer(), startReceiver(), openTab(path!)]);
    page = tab.page;
  });
  afterAll(async () => {
    await tab?.browser.close();
    await receiver?.close();
  });

  it('sign in', signIn, 60_000);

  it.each(TASKS)('%s', async (name, task) => {
    doing = name;
    await task();
    expect(tab.problems).toEqual([]);
  });

  it('do all twelve', () => {
    console.info(`Tabs: ${TASKS.map(([name]) => `${name} ${tabs.get(name) ?? 0}`).join(', ')}`);
    expect(TASKS).toHaveLength(12);
  });
});
