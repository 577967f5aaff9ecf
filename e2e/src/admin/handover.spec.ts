import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { launch, newTab, type Tab } from '../support/browser.js';
import { applicationCreated, deliveriesOf, publish, recruiter } from '../support/client.js';
import { afterOutage, allAre } from '../support/day.js';
import { eventually, throughout } from '../support/eventually.js';
import { type FakeMail, startMail } from '../support/fake-tools.js';
import { LONG } from '../support/long.js';
import { signIn } from '../support/looks.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * What people get by link: developers a webhook, and people who forgot their password a new one. And actions that are
 * undone, because this server allows time for that.
 */

const path = findBrowser();
let server: TestServer;
let receiver: Receiver;
let mail: FakeMail;
let browser: Browser;
let owner: Tab;

describeWith('browser', path, 'a link', () => {
  beforeAll(async () => {
    mail = await startMail();
    [server, receiver, browser] = await Promise.all([
      startServer({ env: { SMTP_URL: mail.url, UNDO_SECONDS: '10' } }),
      startReceiver(),
      launch(path!),
    ]);
    owner = await newTab(browser);
    await signIn(owner.page.context(), server, server.demo);
  });
  afterAll(async () => {
    await browser?.close();
    await receiver?.close();
    await server?.stop();
    await mail?.stop();
  });

  const press = (at: Page | Locator, name: string | RegExp) => at.getByRole('button', { name }).click();
  const shown = async (at: Page | Locator): Promise<string> => {
    await press(at, /^Show$/);
    return String(await at.getByTestId('secret').textContent());
  };

  it('hands a webhook over to its developer, who reads the secret once and tests it', async () => {
    const { page } = owner;
    await page.goto(`${server.url}/recruiter/api/webhooks/new`);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address', { exact: true }).fill(receiver.url('/hooks'));
    await dialog.getByRole('checkbox', { name: 'Offers' }).check();
    await press(dialog, 'Create webhook');
    await dialog.getByTestId('secret').waitFor();
    const secret = await shown(dialog);
    await press(dialog, 'Create a link for the developer');
    await dialog.getByText('We show this link only once.').waitFor();
    await dialog.getByRole('button', { name: /^Show$/ }).click();
    const link = String(await dialog.getByTestId('secret').last().textContent());
    expect(link).toMatch(/\/shared#bpoc_lnk_/);
    await press(dialog, 'Saved. Next: send a test');

    const developer = await newTab(browser);
    await developer.page.goto(link);
    await developer.page.getByText(receiver.url('/hooks')).waitFor();
    await press(developer.page, 'Show the secret');
    await developer.page.getByTestId('secret').waitFor();
    expect(await shown(developer.page)).toBe(secret);
    await press(developer.page, 'Send me a test');
    await developer.page.getByText(/It works: 200/).waitFor();
    expect(receiver.all.filter((request) => request.path === '/hooks')).toHaveLength(1);
    await developer.page.reload();
    await developer.page.getByText(/The secret was already shown/).waitFor();
    expect(developer.problems).toEqual([]);
    await developer.page.context().close();

    const { data } = (await (await page.request.get(`${server.url}/api/recruiter/webhooks`)).json()) as {
      data: { id: string }[];
    };
    await page.goto(`${server.url}/recruiter/api/webhooks/${data[0]!.id}/settings`);
    await page.getByRole('table', { name: 'Open links' }).getByText('read', { exact: true }).waitFor();
    const [, token] = link.split('#');
    expect(server.logs()).not.toContain(token);
  });

  it('undoes a bulk resend, which sends nothing, and turning a webhook off, which loses nothing', async () => {
    const { page, problems } = owner;
    const { id } = await afterOutage(server, receiver, 'Payroll', 3);
    const sent = () => receiver.requests('/Payroll').length;
    const before = sent();
    await page.goto(`${server.url}/recruiter/api/webhooks`);
    await press(page.getByRole('region', { name: /needs? you$/ }), 'Resend 3… Payroll');
    await press(page.getByRole('dialog'), 'Resend 3 deliveries');
    await press(page, 'Undo: 3 deliveries will be sent again.');
    await page.getByText('Nothing was sent again.').waitFor();
    const recoveries = await recruiter(server).get('/api/recruiter/recoveries').expect(200);
    const { data } = recoveries.body as { data: { status: string; resent: number; begins_at: string }[] };
    expect(data).toMatchObject([{ status: 'stopped', resent: 0 }]);
    // Only the long form waits for the time to end.
    const begins = Date.parse(data[0]!.begins_at) + 2_000;
    await throughout(LONG ? Math.max(0, begins - Date.now()) : 0, () => expect(sent()).toBe(before));
    expect(sent()).toBe(before);
    await allAre(server, id, 'failed', 3);

    // The thumb of the switch covers it.
    await page.getByRole('switch', { name: 'Payroll is on' }).press('Space');
    await press(page.getByRole('dialog'), 'Turn off');
    const undo = page.getByRole('button', { name: 'Undo: Payroll is off.' });
    await undo.waitFor();
    await publish(server, applicationCreated(server));
    expect((await deliveriesOf(server, id))[0]).toMatchObject({ status: 'waiting' });
    expect(sent()).toBe(before);
    await undo.click();
    await page.getByText('Payroll is on again.').waitFor();
    await page.getByRole('switch', { name: 'Payroll is on' }).waitFor();
    await eventually(async () => expect((await deliveriesOf(server, id))[0]).toMatchObject({ status: 'delivered' }));
    expect(sent()).toBe(before + 1);
    // Looking at the offer extends its time, which may happen after it was used.
    expect(problems.filter((problem) => !problem.startsWith('412 '))).toEqual([]);
  });

  it('replaces a forgotten password', async () => {
    const { page, problems } = await newTab(browser);
    const { email } = server.demo;
    await page.goto(`${server.url}/sign-in`);
    await page.getByRole('link', { name: 'Forgot password?' }).click();
    // Its code is loaded first, and the previous page has such a field too.
    await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor();
    await page.getByLabel('Email').fill(email);
    await press(page, 'Send the link');
    await page.getByRole('heading', { name: 'Check your inbox' }).waitFor();
    const link = await eventually(() => /http\S+reset-password#\S+/.exec(mail.mails.join('\n'))![0]);
    await page.goto(link);
    await page.getByLabel('Password', { exact: true }).fill('three words and more');
    await page.getByLabel('Password again').fill('three words and more');
    await press(page, 'Save password');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('three words and more');
    await press(page, 'Sign in');
    await page.getByRole('heading', { level: 1, name: /webhooks/i }).waitFor();
    expect(problems).toEqual([]);
    // The other browser was signed out.
    const answer = await owner.page.request.get(`${server.url}/api/me`);
    expect(answer.status()).toBe(401);
  });
});
