import { expect, it } from '@jest/globals';
import { applicationCreated, publish } from '../support/client.js';
import { ownersDesk } from '../support/desk.js';
import { describeWith, findBrowser } from '../support/requirements.js';

/* The first webhook of an agency without a receiver, and mistakes that must not happen. */

const path = findBrowser();

describeWith('browser', path, 'a first webhook in the browser', () => {
  const desk = ownersDesk(path!);

  it('is created and tested with a test inbox in six clicks without typing, and shows what arrived', async () => {
    const { page, server, tab } = desk;
    const startedAt = performance.now();
    let inputs = 0;
    const click = async (role: 'button' | 'link' | 'checkbox', name: string) => {
      inputs++;
      await page.getByRole(role, { name, exact: true }).click();
    };
    await page.goto(server.url);
    await click('button', 'Use a test inbox');
    await page.getByText(/A test inbox of BPOC/).waitFor();
    await click('checkbox', 'Applications');
    await click('button', 'Create webhook');
    await click('button', 'Saved. Next: send a test');
    await click('button', 'Send test');
    await page.getByText('It works.').waitFor();
    await click('link', 'See what arrived');
    await page.getByRole('article').getByText('Valid signature').waitFor();
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(`first webhook with the test inbox: ${inputs} inputs, ${seconds.toFixed(1)} s`);
    expect(inputs).toBeLessThanOrEqual(6);
    expect(await page.getByRole('article').textContent()).toContain('webhook.test');
    const event = applicationCreated(server);
    await publish(server, event);
    await page.getByRole('article').getByText('maria@example.com').waitFor();
    expect(tab.problems).toEqual([]);
  });

  it('survives a lost connection: input stays, and only one webhook is created', async () => {
    const { page, server, tab } = desk;
    await page.goto(`${server.url}/recruiter/api/webhooks/new`);
    await page.getByRole('checkbox', { name: 'Offers' }).check();
    await page.getByLabel('Address', { exact: true }).fill('https://hooks.payroll.example/bpoc');
    await page.getByLabel('Name').fill('Payroll of the north');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByText('Nothing you typed is lost.').waitFor();
    expect(await page.getByLabel('Address', { exact: true }).inputValue()).toBe('https://hooks.payroll.example/bpoc');
    expect(await page.getByLabel('Name').inputValue()).toBe('Payroll of the north');
    expect(await page.getByRole('checkbox', { name: 'Offers' }).isChecked()).toBe(true);
    await page.context().setOffline(false);
    // The answer is lost although the server has done the work.
    let lost = 0;
    await page.route(/\/api\/recruiter\/webhooks$/, async (route) => {
      if (route.request().method() !== 'POST' || lost++ > 0) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByText('Nothing you typed is lost.').waitFor();
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByText('We show it only once.').waitFor();
    const answer = await page.context().request.get(`${server.url}/api/recruiter/webhooks`);
    const { data } = (await answer.json()) as { data: { description: string }[] };
    expect(data.filter(({ description }) => description === 'Payroll of the north')).toHaveLength(1);
    // Only the test's own effect on the connection.
    expect(tab.problems).toEqual([]);
  });
});
