import { beforeEach, expect, it } from '@jest/globals';
import { countClicks } from '../support/browser.js';
import { applicationCreated, deliveriesOf, publish } from '../support/client.js';
import { afterOutage, allAre } from '../support/day.js';
import { ownersDesk, type Desk } from '../support/desk.js';
import { eventually } from '../support/eventually.js';
import { LONG } from '../support/long.js';
import { describeWith, findBrowser } from '../support/requirements.js';

/* A receiver was down: how many clicks it takes to see why and resend everything. Each test has its own webhook. */

const path = findBrowser();
let desk: Desk;
let clicks: () => Promise<number>;

const attention = () => desk.page.getByRole('region', { name: /needs? you$/ });

describeWith('browser', path, 'after an outage, in the browser', () => {
  desk = ownersDesk(path!);
  beforeEach(async () => {
    clicks = await countClicks(desk.page);
  });

  if (LONG) {
    it('shows the reason and the answer without a click, and resends one delivery in two', async () => {
      const { page, receiver, server, tab } = desk;
      const { id } = await afterOutage(server, receiver, 'Slack', 1);
      await page.goto(server.url);
      await attention().getByText('Their server says it is down.').first().waitFor();
      await attention().getByText('OK', { exact: true }).waitFor();
      await attention().getByRole('link', { name: 'Slack', exact: true }).click();
      await page.getByRole('heading', { name: /Their server says it is down/ }).waitFor();
      expect(await clicks()).toBe(1);
      await page.getByRole('button', { name: /: send again$/ }).click();
      await page.getByRole('row').filter({ hasText: 'Delivered' }).waitFor();
      expect(await clicks()).toBe(2);
      await allAre(server, id, 'delivered', 1);
      expect(tab.problems).toEqual([]);
    });
  }

  it('is noticed, understood and repaired in two clicks', async () => {
    const { page, receiver, server, tab } = desk;
    const { id } = await afterOutage(server, receiver, 'Payroll', 3);
    await page.goto(server.url);
    await attention().getByRole('button', { name: 'Resend 3… Payroll' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('This will resend 3 deliveries to Payroll').waitFor();
    await dialog.getByRole('button', { name: 'Resend 3 deliveries' }).click();
    const bar = page.getByRole('region', { name: 'Resending' });
    await bar.getByText('Done.', { exact: true }).waitFor();
    await bar.getByRole('link', { name: '3 of 3 delivered' }).waitFor();
    expect(await clicks()).toBe(2);
    await allAre(server, id, 'delivered', 3);
    expect(tab.problems).toEqual([]);
  });

  if (LONG) {
    it('resends what the preview counted: no later failures and none of another webhook', async () => {
      const { page, receiver, server, tab } = desk;
      const other = await afterOutage(server, receiver, 'Other', 1);
      const { id, failed } = await afterOutage(server, receiver, 'Counted', 3);
      await page.goto(`${server.url}/recruiter/api/deliveries?status=failed&webhook_id=${id}`);
      await page.getByRole('button', { name: /^Resend all 3 / }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(/This will resend 3 deliveries/).waitFor();

      receiver.script('/Counted', ...Array.from({ length: 4 }, () => 503));
      await publish(server, applicationCreated(server));
      await allAre(server, id, 'failed', 4);
      const before = receiver.requests('/Counted').length;
      const beforeOther = receiver.requests('/Other').length;
      await dialog.getByRole('button', { name: 'Resend 3 deliveries' }).click();
      await page.getByRole('link', { name: '3 of 3 delivered' }).waitFor();
      const resent = receiver.requests('/Counted').slice(before);
      const idsOf = (all: { id: string }[]) => all.map((delivery) => delivery.id).toSorted();
      expect(resent.map(({ headers }) => String(headers['x-webhook-delivery'])).toSorted()).toEqual(idsOf(failed));
      await eventually(async () => {
        const left = (await deliveriesOf(server, id)).filter(({ status }) => status === 'failed');
        expect(left.map((delivery) => failed.some((one) => one.id === delivery.id))).toEqual([false]);
      });
      // The other webhook got what was published in the meantime, once each.
      const ids = receiver
        .requests('/Other')
        .slice(beforeOther)
        .map(({ headers }) => headers['x-webhook-delivery']);
      expect(ids).not.toContain(other.failed[0]!.id);
      expect(tab.problems).toEqual([]);
    });
  }
});
