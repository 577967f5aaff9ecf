import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { accessibilityProblems } from '../../../test/accessibility';
import { FakeServer, json, owner, viewer } from '../../../test/fake-server';
import { catalogue, webhook } from '../../../test/samples';
import { showApp } from '../../../test/show-app';

const PATH = '/recruiter/api/webhooks';
const LIST = 'GET /api/recruiter/webhooks';

let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  server = new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on(LIST, { data: [webhook(), webhook({ id: 'w2', description: 'Chat' })], next_cursor: null });
});

async function openMenu() {
  const app = showApp(PATH);
  await app.user.click(await screen.findByRole('button', { name: 'More for Payroll sync' }));
  await screen.findByRole('menu');
  return app;
}

describe('the menu of a webhook', () => {
  it('has everything that can be done with it', async () => {
    await openMenu();
    expect(screen.getAllByRole('menuitem').map((item) => item.textContent)).toEqual([
      'Send test',
      'See deliveries',
      'Send past events',
      'Edit',
      'Rotate secret',
      'Copy address',
      'Delete',
    ]);
    expect(screen.getByRole('menuitem', { name: 'Edit' }).getAttribute('href')).toBe(`${PATH}/w1/settings`);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('shows what a viewer is not allowed to do, with the reason', async () => {
    server.on('GET /api/me', viewer());
    const { user } = await openMenu();
    for (const [name, reason] of [
      ['Send test', 'Viewers cannot send tests.'],
      ['Edit', 'Only admins can change webhooks.'],
      ['Rotate secret', 'Only admins can change secrets.'],
      ['Delete', 'Only admins can change webhooks.'],
    ]) {
      const item = screen.getByRole('menuitem', { name: new RegExp(`^${name}`) });
      expect(item.getAttribute('aria-disabled')).toBe('true');
      expect(item.textContent).toContain(reason);
    }
    await user.click(screen.getByRole('menuitem', { name: /^Delete/ }));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('makes a new secret', async () => {
    const { user } = await openMenu();
    await user.click(screen.getByRole('menuitem', { name: 'Rotate secret' }));
    expect(await screen.findByRole('dialog', { name: 'Create a new secret?' })).toBeTruthy();
  });

  it('deletes it, and the focus goes to the next row', async () => {
    server.on('DELETE /api/recruiter/webhooks/w1', () => {
      server.on(LIST, { data: [webhook({ id: 'w2', description: 'Chat' })], next_cursor: null });
      return json(null, 204);
    });
    const { user } = await openMenu();
    await user.click(screen.getByRole('menuitem', { name: 'Delete' }));
    const dialog = await screen.findByRole('dialog', { name: 'Delete Payroll sync?' });
    expect(dialog.textContent).toContain('Its deliveries stay visible for 30 days.');
    await user.type(within(dialog).getByLabelText('Type Payroll sync to confirm'), 'Payroll sync');
    await user.click(within(dialog).getByRole('button', { name: 'Delete webhook' }));
    await waitFor(() => expect(screen.queryByRole('link', { name: 'Payroll sync' })).toBeNull());
    const next = screen.getByRole('link', { name: 'Chat' }).closest('li');
    await waitFor(() => expect(next?.contains(document.activeElement)).toBe(true));
  });

  it('is on the page of one webhook too', async () => {
    server.on('GET /api/recruiter/webhooks/w1', {
      ...webhook(),
      recent_deliveries: [],
      series: { hourly: [], six_hourly: [], daily: [] },
    });
    const { user } = showApp(`${PATH}/w1`);
    await user.click(await screen.findByRole('button', { name: 'More for Payroll sync' }));
    expect(await screen.findByRole('menuitem', { name: 'Rotate secret' })).toBeTruthy();
  });
});

describe('T', () => {
  it('tests the webhook of the row that has the focus', async () => {
    const { user } = showApp(PATH);
    await screen.findByRole('link', { name: 'Chat' });
    await user.keyboard('jjt');
    expect(await screen.findByRole('dialog', { name: 'Test Chat' })).toBeTruthy();
  });

  it('does nothing for a person without the right to send tests', async () => {
    server.on('GET /api/me', viewer());
    const { user } = showApp(PATH);
    await screen.findByRole('link', { name: 'Chat' });
    await user.keyboard('jt');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(screen.getByRole('button', { name: 'Send test: Chat' }).getAttribute('aria-disabled')).toBe('true');
  });
});
