import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { launch, newTab, type Tab } from '../support/browser.js';
import { addWebhook, applicationCreated, publish, recruiter } from '../support/client.js';
import { afterOutage } from '../support/day.js';
import { table } from '../support/large-log/figures.js';
import { signIn } from '../support/looks.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * `npm run walk`: people's main tasks in a browser, with clicks, keys, words to read, and seconds. Printed next to the
 * goals, not asserted, because times depend on the machine.
 */

const path = findBrowser();
const NETWORK = { offline: false, latency: 400, downloadThroughput: 50 * 1024, uploadThroughput: 50 * 1024 };
let server: TestServer;
let receiver: Receiver;
let tab: Tab;
let page: Page;
const rows: string[][] = [];

interface Hand {
  click: (target: Locator) => Promise<void>;
  type: (target: Locator, text: string) => Promise<void>;
  /** Waits for the text that answers the question, and counts its words. */
  read: (target: Locator) => Promise<void>;
}

/** @param from where the task starts; getting there does not count. */
async function task(name: string, goal: string, from: string, act: (hand: Hand) => Promise<void>): Promise<void> {
  await page.goto(server.url + from);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  let [clicks, keys, words] = [0, 0, 0];
  const start = performance.now();
  await act({
    click: async (target) => {
      clicks++;
      await target.click();
    },
    type: async (target, text) => {
      keys += text.length;
      await target.fill(text);
    },
    read: async (target) => {
      await target.waitFor();
      words += (await target.innerText()).split(/\s+/).filter(Boolean).length;
    },
  });
  const seconds = (performance.now() - start) / 1000;
  rows.push([name, String(clicks), String(keys), String(words), seconds.toFixed(1), goal]);
}

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).first();
const dialog = () => page.getByRole('dialog').last();
const problems = () => page.getByRole('region', { name: /needs? you$/ });
const HOME = '/recruiter/api/webhooks';

describeWith('browser', path, 'the tasks of people', () => {
  beforeAll(async () => {
    receiver = await startReceiver();
    server = await startServer({ env: { DESTINATION_HOSTS: `slack=${new URL(receiver.url('/')).host}` } });
    tab = await newTab(await launch(path!, { measured: true }));
    page = tab.page;
    await signIn(page.context(), server, server.demo);
  }, 120_000);
  afterAll(async () => {
    process.stdout.write(`${table(['task', 'clicks', 'keys', 'words read', 's', 'goal'], rows)}\n`);
    await tab?.browser.close();
    await receiver?.close();
    await server?.stop();
  });

  it('begin with a first webhook', async () => {
    await task('a first webhook, tested', '≤ 90 s', HOME, async ({ click, type, read }) => {
      await click(button('Add webhook'));
      await type(page.getByLabel('Address', { exact: true }), receiver.url('/first'));
      await click(page.getByRole('checkbox', { name: 'Applications' }));
      await click(button('Create webhook'));
      await click(button('Saved. Next: send a test'));
      await click(dialog().getByRole('button', { name: 'Send test' }));
      await read(page.getByText('It works.'));
    });
    receiver.script('/services/T0/B0/x', ...Array.from({ length: 9 }, () => ({ status: 200, body: 'ok' })));
    await task('a message seen in Slack', '≤ 90 s', HOME, async ({ click, type, read }) => {
      await click(button('Add webhook'));
      await click(page.getByRole('radio', { name: 'Slack' }));
      await type(page.getByRole('textbox', { name: 'Address from Slack' }), receiver.url('/services/T0/B0/x'));
      await click(page.getByRole('checkbox', { name: 'Applications' }));
      await click(button('Create webhook'));
      await click(dialog().getByRole('button', { name: 'Send it there' }));
      await read(page.getByText('It works.'));
      expect(receiver.requests('/services/T0/B0/x')).toHaveLength(1);
    });
    await task('a webhook handed over to its developer', '≤ 3 clicks', HOME, async ({ click, type, read }) => {
      await button('Add webhook').click();
      await type(page.getByLabel('Address', { exact: true }), receiver.url('/developer'));
      await page.getByRole('checkbox', { name: 'Offers' }).click();
      await click(button('Create webhook'));
      await click(button('Create a link for the developer'));
      await click(dialog().getByRole('button', { name: /^Copy/ }).last());
      await read(dialog().getByText(/Your developer can see the secret there/));
    });
  }, 120_000);

  it('go on with an outage', async () => {
    await afterOutage(server, receiver, 'Payroll', 3);
    await afterOutage(server, receiver, 'Mirror', 1);
    await task('why it failed, with their answer: landing', '0 clicks', HOME, async ({ read }) => {
      await read(problems().getByRole('listitem').filter({ hasText: 'Payroll' }));
    });
    await task(
      'why it failed, with their answer: log',
      '1 click',
      '/recruiter/api/deliveries?status=failed',
      async (hand) => {
        await hand.click(page.locator('[data-row] a').first());
        await hand.read(page.getByRole('region', { name: 'What happened' }));
        await hand.read(page.getByRole('complementary').getByLabel('Their answer'));
      },
    );
    await task('one delivery sent again', '≤ 2 clicks', HOME, async ({ click, read }) => {
      await click(problems().getByRole('link', { name: 'Mirror', exact: true }));
      await click(page.getByRole('button', { name: /: send again$/ }));
      await read(page.getByRole('row').filter({ hasText: 'Delivered' }));
    });
    await task('an outage made good', '≤ 2 clicks', HOME, async ({ click, read }) => {
      await click(problems().getByRole('button', { name: /^Resend 3… Payroll/ }));
      await click(dialog().getByRole('button', { name: 'Resend 3 deliveries' }));
      await read(page.getByRole('link', { name: '3 of 3 delivered' }));
    });
  }, 120_000);

  it('end with questions', async () => {
    const { id } = await addWebhook(server, {
      url: receiver.url('/offers'),
      events: ['offer.*'],
      description: 'Offers',
    });
    await recruiter(server).patch(`/api/recruiter/webhooks/${id}`).send({ is_active: false }).expect(200);
    await publish(server, applicationCreated(server, { candidateName: 'Wilhelmina Quist' }));
    await task('a candidate by name', '≤ 1 click', HOME, async ({ click, type, read }) => {
      await click(button('Search everything'));
      await type(page.getByRole('combobox', { name: /^Search webhooks/ }), 'Quist');
      await read(page.getByRole('group', { name: 'Deliveries' }).getByRole('option').first());
    });
    await task('why an event was not sent', '≤ 2 clicks', HOME, async ({ click, read }) => {
      await click(page.getByRole('navigation').getByRole('link', { name: 'Events' }));
      await click(page.getByRole('list', { name: 'Events' }).getByRole('link').first());
      await read(page.getByText(/not subscribed/).first());
    });
  }, 120_000);

  it('over 400 ms and 50 KB a second, with the files of the last visit', async () => {
    const devtools = await page.context().newCDPSession(page);
    await page.goto(`${server.url}/recruiter/api/deliveries`);
    await page.locator('[data-row]').first().waitFor();
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', NETWORK);
    const start = performance.now();
    await page.reload({ waitUntil: 'commit' });
    await page.locator('.boot').evaluate('(boot) => Promise.all(boot.getAnimations().map((one) => one.finished))');
    const outline = (performance.now() - start) / 1000;
    await page.getByRole('heading', { level: 1 }).waitFor();
    const frame = (performance.now() - start) / 1000;
    await page.locator('[data-row]').first().waitFor();
    const list = (performance.now() - start) / 1000;
    rows.push(['slow network: the outline of the page', '', '', '', outline.toFixed(1), '≤ 1 s']);
    rows.push(['slow network: its heading', '', '', '', frame.toFixed(1), '']);
    rows.push(['slow network: rows', '', '', '', list.toFixed(1), '≤ 3 s']);
    expect(tab.problems).toEqual([]);
  }, 60_000);
});
