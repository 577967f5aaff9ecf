import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { verify } from 'bpoc-webhooks';
import type { Page } from 'playwright-core';
import { openTab, type Tab } from '../support/browser.js';
import { addWebhook, applicationCreated, deliveriesOf, publish } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { signIn } from '../support/looks.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { startServer, type TestServer } from '../support/server.js';

/* The days on which something goes wrong, or is changed on purpose. Each test has a webhook of its own. */

const path = findBrowser();
let server: TestServer;
let receiver: Receiver;
let tab: Tab;
let page: Page;

const open = (to: string) => page.goto(server.url + to);
const statuses = async (webhookId: string) => (await deliveriesOf(server, webhookId)).map(({ status }) => status);

/** A webhook whose receiver was down for some events, until their plans were used up. */
async function afterOutage(name: string, events: number): Promise<string> {
  receiver.script(`/${name}`, ...Array.from({ length: events * 4 }, () => 503));
  const { id } = await addWebhook(server, { url: receiver.url(`/${name}`), description: name });
  for (let n = 0; n < events; n++) await publish(server, applicationCreated(server));
  await eventually(async () => expect(await statuses(id)).toEqual(Array.from({ length: events }, () => 'failed')), {
    timeoutMs: 30_000,
  });
  return id;
}

describeWith('browser', path, 'a day with troubles in the browser', () => {
  beforeAll(async () => {
    [server, receiver] = await Promise.all([startServer(), startReceiver()]);
  });
  afterAll(async () => {
    await receiver?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    tab = await openTab(path!);
    page = tab.page;
    await signIn(page.context(), server, server.demo);
  });
  afterEach(() => tab?.browser.close());

  it('an outage is seen, understood and made good in three clicks', async () => {
    const id = await afterOutage('Payroll', 3);
    await open('/recruiter/api/webhooks');
    const attention = page.getByRole('region', { name: 'Needs attention' });
    await attention.getByText('Their server says it is down.').first().waitFor();
    await attention.getByRole('link', { name: 'See why: Payroll' }).click();
    await page.getByRole('heading', { name: /Their server says it is down/ }).waitFor();
    await page
      .getByRole('button', { name: /^Resend all 3/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/You will send again/).waitFor();
    await dialog.getByRole('button', { name: 'Resend 3 deliveries' }).click();
    await eventually(async () => expect(await statuses(id)).toEqual(['delivered', 'delivered', 'delivered']));
    await dialog
      .getByText(/3 of 3|3 delivered|3 ✓/)
      .first()
      .waitFor();
    expect(tab.problems).toEqual([]);
  }, 60_000);

  it('a new secret works beside the old one until that is ended', async () => {
    const old = await addWebhook(server, { url: receiver.url('/rotated'), description: 'Rotated' });
    await open(`/recruiter/api/webhooks/${old.id}/settings`);
    await page.getByRole('button', { name: 'Make a new secret…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Make a new secret' }).click();
    await dialog.getByRole('button', { name: 'Show', exact: true }).click();
    const secret = String(await dialog.getByTestId('secret').textContent());
    await dialog.getByRole('button', { name: 'I saved it' }).click();
    await page.getByText(/works until/).waitFor();
    await publish(server, applicationCreated(server));
    const during = await receiver.next('/rotated');
    for (const each of [old.secret, secret])
      expect(verify({ ...during, secret: each }).event).toBe('application.created');
    await page.getByRole('button', { name: 'End it now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End old secret' }).click();
    await page.getByText(/works until/).waitFor({ state: 'detached' });
    await publish(server, applicationCreated(server));
    const after = await receiver.next('/rotated', 2);
    expect(verify({ ...after, secret }).event).toBe('application.created');
    expect(() => verify({ ...after, secret: old.secret })).toThrow(/signature/i);
    expect(tab.problems).toEqual([]);
  }, 60_000);

  it('what was skipped while a webhook was off is sent when it is on again', async () => {
    const { id } = await addWebhook(server, { url: receiver.url('/off'), description: 'Old CRM' });
    await open(`/recruiter/api/webhooks/${id}`);
    const toggle = page.getByRole('switch', { name: /^Old CRM is/ });
    await toggle.focus();
    await page.keyboard.press('Space');
    await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('switch', { name: 'Old CRM is off' }).waitFor();
    await eventually(async () => {
      await publish(server, applicationCreated(server));
      expect(await statuses(id)).toContain('skipped');
    });
    const skipped = (await statuses(id)).length;
    await toggle.focus();
    await page.keyboard.press('Space');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Send (it|them)…/ })
      .click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Resend \d+ deliver/ })
      .click();
    await eventually(async () =>
      expect(await statuses(id)).toEqual(Array.from({ length: skipped }, () => 'delivered')),
    );
    expect(receiver.requests('/off')).toHaveLength(skipped);
  }, 60_000);

  it('a link with filters opens the same list for a colleague', async () => {
    const id = await afterOutage('Linked', 1);
    await open('/recruiter/api/deliveries');
    await page.getByRole('combobox', { name: 'Webhook' }).selectOption(id);
    await page
      .getByRole('button', { name: /Failed/ })
      .first()
      .click();
    await page.waitForURL(/status=failed/);
    await page.getByRole('combobox', { name: 'Time' }).selectOption('24h');
    await page.waitForURL(/period=24h/);
    await page.getByRole('link', { name: 'New application' }).first().click();
    await page.waitForURL(/delivery=/);
    const link = page.url();
    const colleague = await openTab(path!);
    try {
      await colleague.page.goto(link);
      await colleague.page.getByLabel('E-mail').fill(server.demo.email);
      await colleague.page.getByLabel('Password', { exact: true }).fill(server.demo.password);
      await colleague.page.getByRole('button', { name: 'Sign in' }).click();
      await colleague.page.getByRole('complementary', { name: 'Delivery' }).waitFor();
      expect(colleague.page.url()).toBe(link);
      expect(await colleague.page.getByRole('combobox', { name: 'Webhook' }).inputValue()).toBe(id);
      expect(
        await colleague.page
          .getByRole('button', { name: /Failed/ })
          .first()
          .getAttribute('aria-pressed'),
      ).toBe('true');
    } finally {
      await colleague.browser.close();
    }
  }, 60_000);
});
