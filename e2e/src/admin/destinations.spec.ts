import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AXE, violations } from '../support/axe.js';
import { launch, newTab, type Tab } from '../support/browser.js';
import { applicationCreated, type EventToPublish, publish, service } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { type FakeMail, type FakeTools, type PostedTool, startMail, startTools } from '../support/fake-tools.js';
import { LONG } from '../support/long.js';
import { signIn } from '../support/looks.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * Each tile of "Where should it arrive?", as a recruiter uses it: create, conditions, preview, test, a real event, the
 * log. Every step meets WCAG and axe's best practices. `npm test` covers the first tile, the long form all.
 */

interface Tile {
  name: string;
  /** Typed into the field of this name; null: the tile needs none. */
  field: [label: string, value: () => string] | null;
  /** Reads from the message whom it is about and the new status. */
  preview: RegExp | null;
  /** How many messages the tool has accepted. */
  taken: () => number;
  secret?: true;
}

const MOVED = /M\. S\. moved from applied to shortlisted/;
const TYPE = 'application.status_changed';
const path = findBrowser();
let server: TestServer;
let tools: FakeTools;
let mail: FakeMail;
let receiver: Receiver;
let browser: Browser;
let tab: Tab;
let page: Page;

const ofTool = (name: string, tool: PostedTool, label: string): Tile => ({
  name,
  field: [label, () => tools.address(tool)],
  preview: MOVED,
  taken: () => tools.messages(tool).length,
});

const ALL: Tile[] = [
  ofTool('Slack', 'slack', 'Address from Slack'),
  ofTool('Microsoft Teams', 'teams', 'Address from Teams'),
  ofTool('Google Chat', 'google_chat', 'Address from Google Chat'),
  ofTool('Google Sheets', 'google_sheets', 'Address of the script'),
  {
    name: 'Email',
    field: ['Email addresses', () => server.demo.email],
    preview: MOVED,
    taken: () => mail.mails.length,
  },
  {
    name: 'Web address',
    field: ['Address', () => receiver.url('/own')],
    preview: null,
    taken: () => receiver.requests('/own').length,
    secret: true,
  },
  { name: 'Test inbox', field: null, preview: null, taken: () => 0, secret: true },
];

const moved = (newStatus: string): EventToPublish => {
  const { data, ...event } = applicationCreated(server);
  const { applicationId, jobId, candidateId, candidateName, jobTitle } = data;
  const ids = { applicationId, jobId, candidateId, candidateName, jobTitle };
  return { ...event, type: TYPE, data: { ...ids, oldStatus: 'applied', newStatus } };
};

const dialog = () => page.getByRole('dialog').last();
const accessible = async () => expect(await violations(page)).toEqual([]);

describeWith('browser', path, 'where should it arrive', () => {
  beforeAll(async () => {
    [tools, mail, receiver] = await Promise.all([startTools(), startMail(), startReceiver()]);
    const env = { DESTINATION_HOSTS: tools.hosts, SMTP_URL: mail.url };
    [server, browser] = await Promise.all([startServer({ env }), launch(path!)]);
    // The last 50 of this kind, 7 of which match.
    const past = Array.from({ length: 50 }, (_, n) => moved(n < 7 ? 'shortlisted' : 'rejected'));
    expect((await service(server).post('/api/internal/events').send(past)).status).toBe(202);
    tab = await newTab(browser);
    page = tab.page;
    await page.context().addInitScript(AXE);
    await signIn(page.context(), server, server.demo);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await Promise.all([server?.stop(), tools?.stop(), mail?.stop(), receiver?.close()]);
  });
  afterEach(() => expect(tab.problems).toEqual([]));

  it.each((LONG ? ALL : ALL.slice(0, 1)).map((tile) => [tile.name, tile] as const))(
    '%s: create, only when, preview, send it there, event, log',
    async (name, tile) => {
      const begun = performance.now();
      await page.goto(`${server.url}/recruiter/api/webhooks/new`);
      if (name === 'Slack') await pastesAnotherKind();
      else await dialog().getByRole('radio', { name }).check();
      if (tile.field) await dialog().getByRole('textbox', { name: tile.field[0], exact: true }).fill(tile.field[1]());
      else await dialog().getByText('A test inbox of BPOC').waitFor();
      await accessible();
      await dialog().getByRole('searchbox', { name: 'Search events' }).fill('another status');
      await dialog().getByRole('checkbox', { name: 'Moved to another status' }).check();
      await onlyWhenShortlisted();
      await accessible();
      await dialog().getByRole('button', { name: 'Create webhook' }).click();
      if (tile.secret) await dialog().getByRole('button', { name: 'Saved. Next: send a test' }).click();
      if (tile.preview) {
        await dialog().getByText(tile.preview).first().waitFor();
        await dialog().getByText('This is your latest event of this kind.').waitFor();
      }
      await accessible();
      const before = tile.taken();
      await dialog()
        .getByRole('button', { name: tile.secret ? 'Send test' : 'Send it there' })
        .click();
      await dialog().getByText('It works.').waitFor();
      if (name !== 'Test inbox') expect(tile.taken()).toBe(before + 1);
      await accessible();
      await dialog().getByRole('button', { name: 'Done' }).click();
      const seconds = (performance.now() - begun) / 1000;
      process.stdout.write(`${name}: first message after ${seconds.toFixed(1)} s\n`);
      expect(seconds).toBeLessThan(90);
      await eventInTheLog(tile, before + 2);
    },
    180_000,
  );

  if (LONG) {
    it('Google Sheets: a wrong key is reported at once, with what to do', async () => {
      await page.goto(`${server.url}/recruiter/api/webhooks/new`);
      await dialog().getByRole('radio', { name: 'Google Sheets' }).check();
      const address = tools.address('google_sheets').replace('secret', 'another');
      await dialog().getByRole('textbox', { name: 'Address of the script', exact: true }).fill(address);
      await dialog().getByRole('checkbox', { name: 'Offers' }).check();
      await dialog().getByRole('button', { name: 'Create webhook' }).click();
      const before = tools.messages('google_sheets').length;
      await dialog().getByRole('button', { name: 'Send it there' }).click();
      await dialog().getByText('The key in the script does not match the key in the address.').waitFor();
      await dialog().getByText('has to end with ?key=').waitFor();
      expect(tools.messages('google_sheets')).toHaveLength(before);
      await accessible();
    });
  }
});

/** An address in the wrong field switches the tile. */
async function pastesAnotherKind(): Promise<void> {
  await dialog()
    .getByRole('textbox', { name: 'Address', exact: true })
    .fill('https://hooks.slack.com/services/T0/B0/abcd');
  await dialog().getByText('This is an address of Slack.').waitFor();
  expect(await dialog().getByRole('radio', { name: 'Slack' }).isChecked()).toBe(true);
}

async function onlyWhenShortlisted(): Promise<void> {
  await dialog().getByRole('button', { name: 'Only when…' }).click();
  await dialog().getByRole('button', { name: 'Add a condition' }).click();
  await dialog().getByRole('textbox', { name: 'Value' }).fill('shortlisted');
  await dialog()
    .getByText(/^\d+ of the last 50 events would have been sent\.$/)
    .waitFor();
}

/** A matching event arrives and is shown as it was sent; another does not, and the log says why. */
async function eventInTheLog(tile: Tile, expected: number): Promise<void> {
  await publish(server, moved('rejected'));
  await publish(server, moved('shortlisted'));
  if (tile.name !== 'Test inbox') await eventually(() => expect(tile.taken()).toBe(expected));
  await page.goto(`${server.url}/recruiter/api/deliveries`);
  const row = page.locator('[data-row]').first();
  await row.getByText('Delivered').waitFor();
  await row.getByRole('link').first().click();
  await page
    .getByRole('region', { name: 'What happened' })
    .getByText(/^Delivered in/)
    .waitFor();
  await page.getByRole('tab', { name: 'Sent' }).click();
  if (tile.preview) await page.getByRole('tabpanel').getByText(tile.preview).first().waitFor();
  await accessible();
  await page.goto(`${server.url}/recruiter/api/events?event=${TYPE}`);
  // The newest matches.
  await page.getByRole('list', { name: 'Events' }).getByRole('listitem').nth(1).getByRole('link').first().click();
  await page.getByText('did not match: new status is rejected (only when it is shortlisted)').waitFor();
}
