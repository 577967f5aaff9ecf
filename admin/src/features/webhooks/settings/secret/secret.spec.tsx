import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor } from '@testing-library/react';
import { accessibilityProblems } from '../../../../test/accessibility';
import { connectionLost, FakeServer, json, owner, problem, viewer } from '../../../../test/fake-server';
import { catalogue, webhookDetail } from '../../../../test/samples';
import { showApp } from '../../../../test/show-app';

const SECRET = 'whsec_dGhpcyBpcyBhIG5ldyBzZWNyZXQgb2YgMzIgYnl0ZXM=';
const SETTINGS = '/recruiter/api/webhooks/w1/settings';
const ONE = 'GET /api/recruiter/webhooks/w1';
const ROTATE = 'POST /api/recruiter/webhooks/w1/secret';
const SWITCH = 'POST /api/recruiter/webhooks/w1/secret/switch';
const END = 'DELETE /api/recruiter/webhooks/w1/secret/previous';

const overlapping = webhookDetail({
  secret_last4: 'nEw1',
  previous_secret: { last4: '7TgA', until: new Date(Date.now() + 3_600_000).toISOString() },
  secret_switched: false,
});

describe('the secret of a webhook', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/webhooks', { data: [], next_cursor: null })
      .on(ONE, webhookDetail())
      .on(ROTATE, () => {
        server.on(ONE, overlapping);
        return json({ ...overlapping, secret: SECRET });
      });
  });

  async function openDialog() {
    const app = showApp(SETTINGS);
    await app.user.click(await screen.findByRole('button', { name: 'Create a new secret…' }));
    await screen.findByRole('dialog', { name: 'Create a new secret?' });
    return app;
  }

  it('is identified by its last characters, which change only with a new secret', async () => {
    showApp(SETTINGS);
    expect((await screen.findByText('whsec_…k9Qz')).parentElement?.textContent).toContain('in use since');
    expect(screen.queryByRole('button', { name: 'End it now' })).toBeNull();
  });

  it('is replaced with 24 hours for both, shown once, and leaves the page with its pane', async () => {
    const { user } = await openDialog();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Create a new secret' }));
    expect(await screen.findByText('We show it only once.')).toBeTruthy();
    expect(server.to(ROTATE)[0]?.body).toEqual({ overlap_seconds: 86_400 });
    await user.click(screen.getByRole('button', { name: 'Show' }));
    expect(screen.getByTestId('secret').textContent).toBe(SECRET);
    await user.click(screen.getByRole('button', { name: 'Close' }));
    expect(screen.getByText('You have not copied the secret. Close anyway?')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Stay here' }));
    await user.click(screen.getByRole('button', { name: 'I have saved it' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(document.body.innerHTML).not.toContain(SECRET);
    expect(await screen.findByText('…7TgA')).toBeTruthy();
  });

  it('that leaked ends at once, after a word on what that breaks', async () => {
    const { user } = await openDialog();
    await user.click(screen.getByRole('radio', { name: 'Right now (it was leaked)' }));
    expect(screen.getByText('Every message will fail their check until they switch.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Create a new secret' }));
    await waitFor(() => expect(server.to(ROTATE)[0]?.body).toEqual({ overlap_seconds: 0 }));
  });

  it('cannot be replaced with an overlap while an older one still works', async () => {
    server.on(ONE, overlapping);
    await openDialog();
    expect(screen.getByText(/An older secret, …7TgA, still works\./)).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>('radio', { name: 'In 24 hours' }).disabled).toBe(true);
    expect(screen.getByRole<HTMLInputElement>('radio', { name: 'Right now (it was leaked)' }).disabled).toBe(false);
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Create a new secret' }).disabled).toBe(true);
  });

  it('reports that another person made one meanwhile', async () => {
    server.on(ROTATE, () => problem(409, 'secret_overlap'));
    const { user } = await openDialog();
    await user.click(screen.getByRole('button', { name: 'Create a new secret' }));
    expect((await screen.findByRole('alert')).textContent).toContain('A new secret was made a moment ago');
  });

  it('stays as it was when the connection is lost', async () => {
    server.on(ROTATE, connectionLost);
    const { user } = await openDialog();
    await user.click(screen.getByRole('button', { name: 'Create a new secret' }));
    expect((await screen.findByRole('alert')).textContent).toContain('We could not reach BPOC.');
  });

  it('switches the single signature on demand', async () => {
    server.on(ONE, overlapping).on(SWITCH, () => {
      server.on(ONE, { ...overlapping, secret_switched: true });
      return json({ ...overlapping, secret_switched: true });
    });
    const { user } = showApp(SETTINGS);
    expect(await screen.findByText(/it still uses the old secret\./)).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Switch now' }));
    expect(await screen.findByText(/it uses the new secret\./)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Switch now' })).toBeNull();
  });

  it('ends the old one only after it was asked once', async () => {
    server.on(ONE, overlapping).on(END, () => {
      server.on(ONE, webhookDetail({ secret_last4: 'nEw1' }));
      return json(webhookDetail());
    });
    const { user } = showApp(SETTINGS);
    await user.click(await screen.findByRole('button', { name: 'End it now' }));
    expect(server.to(END)).toHaveLength(0);
    await user.click(await screen.findByRole('button', { name: 'End old secret' }));
    await waitFor(() => expect(screen.queryByText('…7TgA')).toBeNull());
    expect(server.to(END)).toHaveLength(1);
  });

  it('is described to a viewer, with a note on who can change it', async () => {
    server.on('GET /api/me', viewer()).on(ONE, overlapping);
    showApp(SETTINGS);
    for (const name of ['Create a new secret…', 'Switch now', 'End it now']) {
      expect((await screen.findByRole('button', { name })).getAttribute('aria-disabled')).toBe('true');
    }
    expect(screen.getAllByText(/Only admins can change secrets\. Your admins: Otto Owner\./).length).toBeGreaterThan(0);
  });
});
