import { expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { addWebhook } from '../support/client.js';
import { ownersDesk, type Desk } from '../support/desk.js';
import { SecretScan } from '../support/secret-scan.js';
import { LONG } from '../support/long.js';
import { describeWith, findBrowser } from '../support/requirements.js';

/* Values shown once are gone when their pane closes: nowhere in the page, the browser or the logs. */

const path = findBrowser();
let desk: Desk;

interface ShownOnce {
  what: string;
  form: RegExp;
  /** Opens the pane that shows it. */
  make: (desk: Desk) => Promise<unknown>;
  /** The button that continues. */
  done: string;
}

const dialog = (): Locator => desk.page.getByRole('dialog');
const press = (name: string | RegExp) => dialog().getByRole('button', { name }).click();

/** `npm test` covers the first, the long form all. */
const ALL: ShownOnce[] = [
  {
    what: 'the secret of a new webhook',
    form: /^whsec_[A-Za-z0-9+/]{43}=$/,
    make: async ({ page, server }) => {
      await page.goto(`${server.url}/recruiter/api/webhooks/new`);
      await dialog().getByRole('radio', { name: 'Test inbox' }).click();
      await dialog()
        .getByText(/A test inbox of BPOC/)
        .waitFor();
      await dialog().getByRole('checkbox', { name: 'Applications' }).check();
      await press('Create webhook');
    },
    done: 'Saved. Next: send a test',
  },
  {
    what: 'a secret that takes the place of another',
    form: /^whsec_[A-Za-z0-9+/]{43}=$/,
    make: async ({ page, server }) => {
      const { id } = await addWebhook(server, { url: 'http://localhost:9/', description: 'Rotated' });
      await page.goto(`${server.url}/recruiter/api/webhooks/${id}/settings`);
      await page.getByRole('button', { name: 'Create a new secret…' }).click();
      await press('Create a new secret');
    },
    done: 'I have saved it',
  },
  {
    what: 'an API key',
    form: /^bpoc_key_[\w-]{40,}$/,
    make: async ({ page, server }) => {
      await page.goto(`${server.url}/recruiter/api/keys`);
      await page.getByRole('button', { name: 'New key' }).click();
      await dialog().getByRole('textbox').first().fill('ATS sync');
      await press('Make key');
    },
    done: 'I have saved it',
  },
  {
    what: 'the link of an invite',
    form: /^http\S+\/invite#bpoc_inv_[\w-]{40,}$/,
    make: async ({ page, server }) => {
      await page.goto(`${server.url}/recruiter/api/members`);
      await page.getByRole('button', { name: 'Invite someone' }).click();
      await dialog().getByLabel('Email').fill('nils@agency.example');
      await press('Invite');
    },
    done: 'Done',
  },
];

describeWith('browser', path, 'what is shown once', () => {
  desk = ownersDesk(path!);

  it.each((LONG ? ALL : ALL.slice(0, 1)).map((one) => [one.what, one] as const))(
    '%s is nowhere once its pane is closed',
    async (_what, { form, make, done }) => {
      const { page, server, tab } = desk;
      const scan = new SecretScan(page);
      await make(desk);
      await dialog()
        .getByText(/We show it only once/)
        .waitFor();
      const masked = String(await dialog().getByTestId('secret').textContent());
      await press(/^Show$/);
      const shown = String(await dialog().getByTestId('secret').textContent());
      expect(shown).toMatch(form);
      const secret = shown.replace(/^(whsec_|bpoc_key_|.*#bpoc_inv_)/, '');
      expect(masked).not.toContain(secret);
      // First checks that the scan can find it.
      expect(await scan.placesOf(secret)).toEqual(['document']);
      await press(/^Copy$/);
      await press(done);
      await dialog().getByTestId('secret').waitFor({ state: 'detached' });
      expect(await scan.placesOf(secret)).toEqual([]);
      await page.goto(`${server.url}/recruiter/api/guide`);
      await page.goBack();
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await scan.placesOf(secret)).toEqual([]);
      expect(server.logs()).not.toContain(secret);
      expect(tab.problems).toEqual([]);
    },
  );
});
