import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { FakeServer, json, owner, problem, viewer } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import { catalogue, failingWebhook, failureGroups, webhook } from '../../test/samples';
import { showApp } from '../../test/show-app';

const PATH = '/recruiter/api/webhooks';

describe('the list of webhooks', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/failure-groups', failureGroups())
      .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
  });

  it('shows each webhook with its health, its events in words and its last answer', async () => {
    showApp(PATH);
    const row = await screen.findByRole('listitem');
    expect(within(row).getByRole('link', { name: 'Payroll sync' }).getAttribute('href')).toBe(`${PATH}/w1`);
    expect(row.textContent).toContain('all application events');
    expect(row.textContent).toContain('Healthy');
    expect(row.textContent).toContain('12 delivered');
    expect(screen.queryByText('Needs attention')).toBeNull();
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('moves the focus to the heading, so that a screen reader says where one is', async () => {
    showApp(PATH);
    await screen.findByRole('listitem');
    expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1, name: 'Webhooks' }));
  });

  it('says what is wrong, who can fix it and since when, before anything is opened', async () => {
    server.on('GET /api/recruiter/webhooks', { data: [failingWebhook], next_cursor: null });
    showApp(PATH);
    const attention = await screen.findByRole('region', { name: 'Needs attention' });
    expect(attention.textContent).toContain('Their server says it is down. 503 Service Unavailable');
    expect(attention.textContent).toContain('The developer of Payroll sync can fix this.');
    expect(attention.textContent).toContain('14 failures in a row');
  });

  it('counts what failed by reason, and leads to each group', async () => {
    server
      .on('GET /api/recruiter/webhooks', { data: [failingWebhook], next_cursor: null })
      .on(
        'GET /api/recruiter/failure-groups',
        failureGroups({}, { reason: 'timeout', count: 1, failed: 0, retrying: 1 }),
      );
    showApp(PATH);
    const attention = await screen.findByRole('region', { name: 'Needs attention' });
    const [down, timeout] = await within(attention).findAllByRole('link', { name: 'See them' });
    expect(down?.parentElement?.textContent).toMatch(
      /^42 deliveries \(30 failed, 12 still retrying\) since .*\. See them$/,
    );
    expect(down?.getAttribute('href')).toContain('?webhook_id=w1&status=retrying%2Cfailed&period=24h&reason=down');
    expect(timeout?.parentElement?.textContent).toMatch(
      /^1 delivery still retrying since .*\. They took longer than 10 seconds\. See them$/,
    );
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('does not ask for failures when nothing needs attention', async () => {
    showApp(PATH);
    await screen.findByRole('listitem');
    expect(server.to('GET /api/recruiter/failure-groups')).toHaveLength(0);
  });

  it('explains the three steps to an agency that has none', async () => {
    server.on('GET /api/recruiter/webhooks', { data: [], next_cursor: null });
    const { user, history } = showApp(PATH);
    expect(await screen.findByText('Give us a web address')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Add webhook' }));
    await waitFor(() => expect(history.location.pathname).toBe(`${PATH}/new`));
  });

  it('offers to try again, with the request id, when it cannot be loaded', async () => {
    server.on('GET /api/recruiter/webhooks', () => problem(500, 'internal'));
    const { user } = showApp(PATH);
    expect((await screen.findByRole('alert')).textContent).toContain('req-7');
    server.on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: 'Payroll sync' })).toBeTruthy();
  });

  it('keeps what a viewer may not do in its place, with the reason and who can help', async () => {
    server.on('GET /api/me', { ...viewer(), admins: ['Anna Admin'] });
    const { user, history } = showApp(PATH);
    const add = await screen.findByRole('button', { name: 'Add webhook' });
    expect(add.getAttribute('aria-disabled')).toBe('true');
    expect(descriptionOf(add)).toBe('Only admins can add webhooks. Your admins: Anna Admin.');
    await user.click(add);
    expect(history.location.pathname).toBe(PATH);
    await user.click(await screen.findByRole('switch', { name: 'Payroll sync is on' }));
    expect(server.to('PATCH /api/recruiter/webhooks/w1')).toHaveLength(0);
  });
});

describe('the switch of a webhook', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
  });

  it('asks before it turns off, and says what then happens', async () => {
    server.on('PATCH /api/recruiter/webhooks/w1', () => {
      const off = webhook({ is_active: false, health: 'off', off_reason: 'person' });
      server.on('GET /api/recruiter/webhooks', { data: [off], next_cursor: null });
      return json(off);
    });
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('switch', { name: 'Payroll sync is on' }));
    const dialog = await screen.findByRole('dialog', { name: 'Turn off Payroll sync?' });
    expect(dialog.textContent).toContain('New events will be marked Skipped.');
    await user.click(within(dialog).getByRole('button', { name: 'Turn off' }));
    expect(await screen.findByRole('switch', { name: 'Payroll sync is off' })).toBeTruthy();
    expect(server.to('PATCH /api/recruiter/webhooks/w1')[0]?.body).toEqual({ is_active: false });
  });

  it('goes back when the server refuses', async () => {
    server.on('PATCH /api/recruiter/webhooks/w1', () => problem(503, 'database_unavailable'));
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('switch', { name: 'Payroll sync is on' }));
    await user.click(await screen.findByRole('button', { name: 'Turn off' }));
    expect(await screen.findByText(/Something went wrong on our side/)).toBeTruthy();
    expect(screen.getByRole('switch', { name: 'Payroll sync is on' })).toBeTruthy();
  });
});

function descriptionOf(element: HTMLElement): string | null {
  return document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent ?? null;
}
