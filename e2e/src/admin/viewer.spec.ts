import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import request from 'supertest';
import { openTab, type Tab } from '../support/browser.js';
import { addWebhook, applicationCreated, deliveriesOf, publish } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { sharedServer, type SharedServer } from '../support/shared.js';

/* A viewer, starting with the invite: sees everything except people's data, and learns who can make changes. */

const path = findBrowser();
let server: SharedServer;
let receiver: Receiver;
let tab: Tab;
let page: Page;

describeWith('browser', path, 'a viewer in the browser', () => {
  beforeAll(async () => {
    [server, receiver, tab] = await Promise.all([sharedServer(), startReceiver(), openTab(path!)]);
    page = tab.page;
  });
  afterAll(async () => {
    await tab?.browser.close();
    await receiver?.close();
  });

  it('accepts the invite and sees the log, but no message and no way to change anything', async () => {
    const webhook = await addWebhook(server, { url: receiver.url('/in'), description: 'Payroll sync' });
    await publish(server, applicationCreated(server));
    const delivery = await eventually(async () => {
      const [first] = await deliveriesOf(server, webhook.id);
      expect(first?.status).toBe('delivered');
      return first!;
    });
    const owner = request.agent(server.url);
    const { email, password } = server.demo;
    await owner.post('/api/auth/login').send({ email, password }).expect(200);
    const person = { email: 'vera@agency.example', name: 'Vera Viewer', role: 'viewer' };
    const invited = await owner.post('/api/recruiter/members').send(person).expect(201);
    const { invite_url: link } = invited.body as { invite_url: string };
    await page.goto(`${server.url}/invite${new URL(link).hash}`);
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await page.getByLabel('Password again', { exact: true }).fill('correct horse battery');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/webhooks$/);

    await page.getByText(/You can look, but not change webhooks/).waitFor();
    const add = page.getByRole('button', { name: 'Add webhook' });
    expect(await add.getAttribute('aria-disabled')).toBe('true');
    const toggle = page.getByRole('switch', { name: 'Payroll sync is on' });
    await toggle.focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('n');
    expect(await page.getByRole('dialog').count()).toBe(0);

    await page.goto(`${server.url}/recruiter/api/deliveries/${delivery.id}`);
    await page.getByRole('heading', { name: 'Message and answer' }).waitFor();
    await page.getByRole('tab', { name: 'Sent' }).click();
    await page.getByText(/Messages contain personal data/).waitFor();
    expect(await page.content()).not.toMatch(/maria/i);
    await page.goto(`${server.url}/recruiter/api/webhooks/new`);
    await page.getByText('Only admins can add webhooks.').first().waitFor();
    expect(await page.getByLabel('Address', { exact: true }).count()).toBe(0);
    expect(receiver.all).toHaveLength(1);
    expect(tab.problems).toEqual([]);
  });
});
