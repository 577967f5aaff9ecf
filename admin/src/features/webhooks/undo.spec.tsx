import { beforeEach, describe, expect, it } from '@jest/globals';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { accessibilityProblems } from '../../test/accessibility';
import { agencyServer } from '../../test/agency-server';
import { type FakeServer, json, owner, problem } from '../../test/fake-server';
import { webhook } from '../../test/samples';
import { showApp } from '../../test/show-app';

const LIST = '/recruiter/api/webhooks';
const PATCH = 'PATCH /api/recruiter/webhooks/w1';
const OFF = webhook({ is_active: false, health: 'off', off_reason: 'person' });

let server: FakeServer;

function withUndo(undo_ms: number): void {
  server.on('GET /api/me', owner({ platform: { ...owner().platform, undo_ms } }));
}

beforeEach(() => {
  server = agencyServer()
    .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null })
    .on(PATCH, ({ body }: { body: unknown }) => {
      const on = (body as { is_active: boolean }).is_active;
      server.on('GET /api/recruiter/webhooks', { data: [on ? webhook() : OFF], next_cursor: null });
      return json(on ? webhook() : OFF, 200, { etag: '"7"' });
    });
  withUndo(10_000);
});

const turnOff = async () => {
  const shown = showApp(LIST);
  await shown.user.click(await screen.findByRole('switch', { name: 'Payroll sync is on' }));
  await shown.user.click(await screen.findByRole('button', { name: 'Turn off' }));
  return { ...shown, undo: await screen.findByRole('button', { name: 'Undo: Payroll sync is off.' }) };
};
const patches = () => server.to(PATCH).map(({ body, headers }) => [body, headers.get('if-match')]);

describe('what can be undone', () => {
  it('says so with the seconds left, goes along to other screens, and is undone by a key', async () => {
    const { user, undo } = await turnOff();
    const status = undo.closest<HTMLElement>('[role="status"]')!;
    expect(status.textContent).toContain('Payroll sync is off.');
    expect(status.textContent).toContain('You can undo this for 10 seconds. Press Z.');
    await within(status).findByText('9 s', {}, { timeout: 4_000 });
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('link', { name: 'Deliveries' }));
    await screen.findByRole('heading', { level: 1, name: 'Deliveries' });
    await user.keyboard('z');
    await within(status).findByText('Payroll sync is on again.');
    expect(patches()).toEqual([
      [{ is_active: false }, null],
      [{ is_active: true }, null],
    ]);
    expect(screen.queryByRole('button', { name: /^Undo/ })).toBeNull();
  });

  it('waits while the pointer or the focus is on it, on the server too, and then starts over', async () => {
    withUndo(2_000);
    const { user, undo } = await turnOff();
    const asked = server.to(PATCH).length;
    undo.focus();
    // Only as long as the webhook is as it was.
    await waitFor(() => expect(server.to(PATCH).length).toBeGreaterThan(asked + 2), { timeout: 4_000 });
    expect(patches().at(-1)).toEqual([{ is_active: false }, '"7"']);
    expect(undo.isConnected).toBe(true);
    await user.keyboard('{Enter}');
    await screen.findByText('Payroll sync is on again.');
    // The focus is not lost with the button.
    await waitFor(() => expect(document.activeElement).not.toBe(document.body));
  });

  it('goes when its time is over', async () => {
    withUndo(300);
    const { undo } = await turnOff();
    await waitFor(() => expect(undo.isConnected).toBe(false));
  });

  it('ends when the webhook has changed meanwhile', async () => {
    const { undo } = await turnOff();
    server.on(PATCH, () => problem(412, 'precondition_failed'));
    fireEvent.mouseEnter(undo.closest('[data-kind]')!);
    await waitFor(() => expect(undo.isConnected).toBe(false));
  });

  it('is a webhook that was deleted, too', async () => {
    server
      .on('DELETE /api/recruiter/webhooks/w1', () => {
        server.on('GET /api/recruiter/webhooks', { data: [], next_cursor: null });
        return json(null, 204, { etag: '"8"' });
      })
      .on('POST /api/recruiter/webhooks/w1/restore', () => {
        server.on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
        return json(webhook());
      });
    const { user } = showApp(LIST);
    await user.click(await screen.findByRole('button', { name: 'More for Payroll sync' }));
    await user.click(await screen.findByRole('menuitem', { name: /Delete/ }));
    const dialog = await screen.findByRole('dialog', { name: 'Delete Payroll sync?' });
    expect(dialog.textContent).toContain('You have 10 seconds to undo this.');
    await user.type(within(dialog).getByLabelText('Type Payroll sync to confirm'), 'Payroll sync');
    await user.click(within(dialog).getByRole('button', { name: 'Delete webhook' }));
    await user.click(await screen.findByRole('button', { name: 'Undo: Payroll sync is deleted.' }));
    await screen.findByText('Payroll sync is back.');
    expect(await screen.findByRole('link', { name: 'Payroll sync' })).toBeTruthy();
  });
});
