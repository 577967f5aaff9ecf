import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { newTab } from '../support/browser.js';
import { addWebhook } from '../support/client.js';
import { afterOutage } from '../support/day.js';
import { ownersDesk } from '../support/desk.js';
import { LONG } from '../support/long.js';
import { describeWith, findBrowser } from '../support/requirements.js';

/* The address bar reflects the view: a link shows a colleague the same, and Back closes what was opened. */

const path = findBrowser();

/** The conditions and rows of a list. */
async function viewOf(page: Page) {
  await page.getByRole('row').filter({ hasText: 'New application' }).first().waitFor();
  const links = await page.getByRole('link', { name: 'New application' }).all();
  return {
    conditions: await page.getByRole('button', { name: /^Remove the condition/ }).allTextContents(),
    statuses: await page.getByRole('group', { name: 'Status' }).locator('[aria-pressed="true"]').allTextContents(),
    rows: await Promise.all(links.map((link) => link.getAttribute('href'))),
  };
}

describeWith('browser', path, 'the address bar', () => {
  const desk = ownersDesk(path!);

  it('opens the same list and delivery for a colleague, who signs in on the way', async () => {
    const { page, receiver, server, tab } = desk;
    const { id } = await afterOutage(server, receiver, 'Linked', 2);
    await page.goto(`${server.url}/recruiter/api/deliveries`);
    const filters = page.getByRole('button', { name: 'Filters', exact: true });
    await filters.click();
    await page.getByRole('combobox', { name: 'Webhook' }).selectOption(id);
    await page
      .getByRole('group', { name: 'Status' })
      .getByRole('button', { name: /Failed/ })
      .click();
    await page.waitForURL(/status=failed/);
    await page.getByRole('combobox', { name: 'Time' }).selectOption('24h');
    await page.waitForURL(/period=24h/);
    await filters.click();
    await page.getByRole('link', { name: 'New application' }).first().click();
    await page.waitForURL(/delivery=/);
    await page.getByRole('complementary', { name: 'Delivery' }).getByText('Try 4').first().waitFor();
    const link = page.url();
    const colleague = await newTab(tab.browser);
    try {
      await colleague.page.goto(link);
      await colleague.page.getByLabel('Email').fill(server.demo.email);
      await colleague.page.getByLabel('Password', { exact: true }).fill(server.demo.password);
      await colleague.page.getByRole('button', { name: 'Sign in' }).click();
      await colleague.page.getByRole('complementary', { name: 'Delivery' }).getByText('Try 4').first().waitFor();
      expect(colleague.page.url()).toBe(link);
      const view = await viewOf(page);
      const conditions = ['Linked', 'Last 24 hours'];
      expect(view).toMatchObject({ conditions, statuses: [expect.stringContaining('Failed')] });
      expect(view.rows).toHaveLength(2);
      expect(await viewOf(colleague.page)).toEqual(view);
      expect(colleague.problems).toEqual([]);
    } finally {
      await colleague.page.context().close();
    }
    expect(tab.problems).toEqual([]);
  });

  if (LONG) {
    it('closes dialogs and drawers with Back, and keeps the screen and its filters', async () => {
      const { page, receiver, server, tab } = desk;
      const { id } = await addWebhook(server, { url: receiver.url('/back'), description: 'Back' });
      await page.goto(`${server.url}/recruiter/api/webhooks`);
      await page.getByRole('button', { name: 'Add webhook' }).click();
      await page.getByRole('dialog').getByLabel('Address', { exact: true }).waitFor();
      expect(page.url()).toMatch(/\/webhooks\/new$/);
      await page.goBack();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(page.url()).toMatch(/\/recruiter\/api\/webhooks$/);

      const list = `${server.url}/recruiter/api/deliveries?webhook_id=${id}&status=delivered`;
      await page.goto(`${server.url}/recruiter/api/webhooks/${id}`);
      await page.getByRole('button', { name: 'Send test' }).first().click();
      await page.getByRole('dialog').getByRole('button', { name: 'Send test' }).click();
      await page.getByText('It works.').waitFor();
      await page.goto(`${list}&tests=any`);
      await page.getByRole('row').getByRole('link').first().click();
      await page.getByRole('complementary', { name: 'Delivery' }).waitFor();
      await page.goBack();
      await page.getByRole('complementary', { name: 'Delivery' }).waitFor({ state: 'detached' });
      expect(page.url()).toBe(`${list}&tests=any`);
      expect(tab.problems).toEqual([]);
    });
  }
});
