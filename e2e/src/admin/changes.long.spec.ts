import { expect, it } from '@jest/globals';
import { verify } from 'bpoc-webhooks';
import { addWebhook, applicationCreated, publish } from '../support/client.js';
import { allAre } from '../support/day.js';
import { ownersDesk } from '../support/desk.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { describeWith, findBrowser } from '../support/requirements.js';

/* Changes made by people: a new secret, off and on again. Each test has its own webhook. */

const path = findBrowser();

const opens = (request: ReceivedRequest, secret: string): boolean => {
  try {
    return verify({ ...request, secret }).event === 'application.created';
  } catch {
    return false;
  }
};

describeWith('browser', path, 'a webhook that is changed in the browser', () => {
  const desk = ownersDesk(path!);

  it('signs with both secrets until the old one is ended', async () => {
    const { page, receiver, server, tab } = desk;
    const old = await addWebhook(server, { url: receiver.url('/rotated'), description: 'Rotated' });
    await page.goto(`${server.url}/recruiter/api/webhooks/${old.id}/settings`);
    await page.getByRole('button', { name: 'Create a new secret…' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('radio', { name: 'In 24 hours' }).isChecked()).toBe(true);
    await dialog.getByRole('button', { name: 'Create a new secret' }).click();
    await dialog.getByRole('button', { name: 'Show', exact: true }).click();
    const secret = String(await dialog.getByTestId('secret').textContent());
    await dialog.getByRole('button', { name: 'I have saved it' }).click();
    await page.getByText(/works until/).waitFor();
    await page.getByText(`…${old.secret_last4}`, { exact: true }).waitFor();
    await publish(server, applicationCreated(server));
    const during = await receiver.next('/rotated');
    expect([opens(during, old.secret), opens(during, secret)]).toEqual([true, true]);
    await page.getByRole('button', { name: 'End it now' }).click();
    await dialog.getByRole('button', { name: 'End old secret' }).click();
    await page.getByText(/works until/).waitFor({ state: 'detached' });
    await publish(server, applicationCreated(server));
    const after = await receiver.next('/rotated', 2);
    expect([opens(after, old.secret), opens(after, secret)]).toEqual([false, true]);
    expect(tab.problems).toEqual([]);
  });

  it('gets what was skipped while it was off, once it is on again and the person asks for it', async () => {
    const { page, receiver, server, tab } = desk;
    const { id } = await addWebhook(server, { url: receiver.url('/off'), description: 'Old CRM' });
    await page.goto(`${server.url}/recruiter/api/webhooks/${id}`);
    const toggle = page.getByRole('switch', { name: /^Old CRM is/ });
    const dialog = page.getByRole('dialog');
    await toggle.focus();
    await page.keyboard.press('Space');
    await dialog.getByText(/New events will be marked Skipped/).waitFor();
    await dialog.getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('switch', { name: 'Old CRM is off' }).waitFor();
    for (let n = 0; n < 2; n++) await publish(server, applicationCreated(server));
    const skipped = await allAre(server, id, 'skipped', 2);
    await toggle.focus();
    await page.keyboard.press('Space');
    await dialog.getByText('2 events were skipped while it was off.').waitFor();
    await dialog.getByRole('button', { name: 'Send them…' }).click();
    await dialog.getByText('This will resend 2 deliveries to Old CRM that were skipped').waitFor();
    expect(receiver.requests('/off')).toEqual([]);
    await dialog.getByRole('button', { name: 'Resend 2 deliveries' }).click();
    await page.getByRole('link', { name: '2 of 2 delivered' }).waitFor();
    await allAre(server, id, 'delivered', 2);
    const sent = receiver.requests('/off').map(({ headers }) => String(headers['x-webhook-delivery']));
    expect(sent.toSorted()).toEqual(skipped.map((delivery) => delivery.id).toSorted());
    expect(tab.problems).toEqual([]);
  });
});
