import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { verify } from 'bpoc-webhooks';
import type { Locator, Page } from 'playwright-core';
import { copied, openTab, picture, type Tab } from '../support/browser.js';
import { applicationCreated, offerSent, publish } from '../support/client.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { sharedServer, type SharedServer } from '../support/shared.js';

/* The main journey of the product. The pictures in e2e/.results are for people. */

const path = findBrowser();
let server: SharedServer;
let receiver: Receiver;
let tab: Tab;
let page: Page;

async function signIn(): Promise<void> {
  await page.goto(`${server.url}/`);
  await page.getByLabel('Email').fill(server.demo.email);
  await page.getByLabel('Password', { exact: true }).fill(server.demo.password);
  await picture(page, '1-sign-in');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/recruiter\/api\/webhooks$/);
  await page.getByRole('button', { name: 'Add webhook' }).waitFor();
  await picture(page, '2-no-webhooks');
}

async function addWebhook(): Promise<void> {
  await page.getByRole('button', { name: 'Add webhook' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address', { exact: true }).fill(receiver.url('/in'));
  await dialog.getByRole('checkbox', { name: 'Applications' }).check();
  await dialog.getByLabel('Name').fill('Payroll sync');
  await picture(page, '3-add-webhook');
  await dialog.getByRole('button', { name: 'Create webhook' }).click();
  await dialog.getByText('We show it only once.').waitFor();
}

/** The secret can be copied once and is nowhere on the page afterwards. */
async function saveSecret(): Promise<string> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Copy' }).click();
  const secret = await copied(page);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  await picture(page, '4-secret');
  await dialog.getByRole('button', { name: 'Saved. Next: send a test' }).click();
  await dialog.getByRole('button', { name: 'Send test' }).waitFor();
  expect(await page.content()).not.toContain(secret.slice(6));
  return secret;
}

async function sendTest(secret: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Send test' }).click();
  await dialog.getByText('It works.').waitFor();
  await dialog.getByText(/answered 200 OK/).waitFor();
  await picture(page, '5-test-answered');
  const { body, headers } = await receiver.next('/in');
  expect(verify({ body, headers, secret })).toMatchObject({ event: 'webhook.test', test: true });
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name: 'Payroll sync' }).first().waitFor();
  await picture(page, '6-webhooks');
}

/** Publishes an event, opens its delivery and returns the drawer. */
async function openDelivery(secret: string): Promise<Locator> {
  const event = applicationCreated(server);
  await publish(server, event);
  const { body, headers } = await receiver.next('/in', 2);
  expect(verify({ body, headers, secret })).toMatchObject({ event: 'application.created', data: event.data });
  await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
  const row = page.getByRole('row').filter({ hasText: 'Maria Santos · Customer Service Representative' });
  await row.getByText('Delivered').waitFor();
  await picture(page, '7-deliveries');
  await row.getByRole('link', { name: 'New application' }).click();
  const drawer = page.getByRole('complementary', { name: 'Delivery' });
  await drawer.getByText('Ids', { exact: true }).click();
  await drawer.getByText(String(headers['x-webhook-delivery'])).waitFor();
  await drawer.getByRole('tab', { name: 'Sent' }).click();
  await drawer.getByText('maria@example.com').waitFor();
  await picture(page, '8-delivery');
  await drawer.getByRole('tab', { name: 'Answer' }).click();
  await drawer.getByText('OK', { exact: true }).waitFor();
  return drawer;
}

/** The second try appears without a reload. */
async function resend(drawer: Locator): Promise<void> {
  await drawer.getByRole('button', { name: 'Resend' }).click();
  const again = await receiver.next('/in', 3);
  expect(again.headers['x-webhook-attempt']).toBe('2');
  await drawer.getByText('Try 2').first().waitFor();
  await picture(page, '9-resent');
}

/** Finds a candidate by name; then an event without a name, and why the webhook did not get it. */
async function findByName(): Promise<void> {
  await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
  await page.getByRole('searchbox').fill('sant mar');
  await page.getByText('Events about Maria Santos').waitFor();
  await page.getByRole('row').filter({ hasText: 'Maria Santos · Customer Service Representative' }).waitFor();
  await publish(server, offerSent(server));
  await page.getByRole('link', { name: 'Events', exact: true }).click();
  await page.getByRole('link', { name: /offer.* Maria Santos|Maria Santos.* offer/i }).click();
  await page.getByText('1 is not subscribed').waitFor();
  await picture(page, '9-events');
}

async function readGuide(): Promise<void> {
  await page.getByRole('link', { name: 'Guide', exact: true }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await picture(page, '10-guide');
  await page.getByRole('link', { name: 'Check the signature' }).first().click();
  await page.getByText('verifyWebhook').first().waitFor();
  await picture(page, '11-guide-verify');
}

describeWith('browser', path, 'a recruiter in the browser', () => {
  beforeAll(async () => {
    [server, receiver, tab] = await Promise.all([sharedServer(), startReceiver(), openTab(path!)]);
    page = tab.page;
  });
  afterAll(async () => {
    await tab?.browser.close();
    await receiver?.close();
  });

  it('adds a webhook, saves its secret, sees a test and an event delivered, resends, finds an unsent one', async () => {
    await signIn();
    await addWebhook();
    const secret = await saveSecret();
    await sendTest(secret);
    await resend(await openDelivery(secret));
    await findByName();
    await readGuide();
    expect(tab.problems).toEqual([]);
  });
});
