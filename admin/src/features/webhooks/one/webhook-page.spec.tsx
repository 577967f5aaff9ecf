import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor } from '@testing-library/react';
import { FakeServer, json, owner, problem } from '../../../test/fake-server';
import { accessibilityProblems } from '../../../test/accessibility';
import { catalogue, counts, delivery, failingWebhook, failureGroups, webhookDetail } from '../../../test/samples';
import { showApp } from '../../../test/show-app';

const PATH = '/recruiter/api/webhooks/w1';
const ONE = 'GET /api/recruiter/webhooks/w1';
const CHANGE = 'PATCH /api/recruiter/webhooks/w1';

describe('one webhook', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/deliveries/counts', counts)
      .on('GET /api/recruiter/failure-groups', failureGroups())
      .on('GET /api/recruiter/webhooks', { data: [], next_cursor: null })
      .on(ONE, () => json(webhookDetail({ recent_deliveries: [delivery()] }), 200, { etag: '"3"' }));
  });

  it('shows its health, its recent deliveries and the way to open one', async () => {
    const { user, history } = showApp(PATH);
    expect(await screen.findByRole('heading', { level: 1, name: /Payroll sync/ })).toBeTruthy();
    const link = await screen.findByRole('link', { name: 'New application' });
    expect(await accessibilityProblems()).toEqual([]);
    server.on('GET /api/recruiter/deliveries/d1', () => problem(404, 'not_found'));
    await user.click(link);
    await waitFor(() => expect(history.location.search).toBe('?delivery=d1'));
  });

  it('explains what is wrong when it fails', async () => {
    server.on(ONE, webhookDetail({ ...failingWebhook, recent_deliveries: [delivery()] }));
    showApp(PATH);
    expect(await screen.findByRole('heading', { name: /Their server says it is down/ })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'See failed deliveries' })).toBeTruthy();
  });

  it('says what will appear when nothing was sent yet', async () => {
    server.on(ONE, webhookDetail());
    showApp(PATH);
    expect(await screen.findByText('Nothing sent yet.')).toBeTruthy();
  });

  it('says that it is gone when it was deleted, or is not ours', async () => {
    server.on(ONE, () => problem(404, 'not_found'));
    showApp(PATH);
    expect(await screen.findByRole('heading', { level: 1, name: 'This webhook is gone' })).toBeTruthy();
  });

  it('saves one setting with the version it was read at', async () => {
    const { user } = showApp(`${PATH}/settings`);
    const field = await screen.findByLabelText('Description');
    await user.clear(field);
    await user.type(field, 'Pay day');
    server.on(CHANGE, webhookDetail({ description: 'Pay day' }));
    await user.click(screen.getByRole('button', { name: 'Save description' }));
    await waitFor(() => expect(server.to(CHANGE)).toHaveLength(1));
    expect(server.to(CHANGE)[0]?.body).toEqual({ description: 'Pay day' });
    expect(server.to(CHANGE)[0]?.headers.get('if-match')).toBe('"3"');
    expect(await screen.findByText('Description saved.')).toBeTruthy();
  });

  it('is deleted only when its name was typed', async () => {
    server.on('DELETE /api/recruiter/webhooks/w1', () => json(null, 204));
    const { user, history } = showApp(`${PATH}/settings`);
    await user.click(await screen.findByRole('button', { name: 'Delete webhook…' }));
    await user.type(await screen.findByLabelText('Type Payroll sync to confirm'), 'Payroll');
    await user.click(screen.getByRole('button', { name: 'Delete webhook' }));
    expect(screen.getByText('Type Payroll sync exactly as it stands here.')).toBeTruthy();
    await user.type(screen.getByLabelText('Type Payroll sync to confirm'), ' sync');
    await user.click(screen.getByRole('button', { name: 'Delete webhook' }));
    await waitFor(() => expect(history.location.pathname).toBe('/recruiter/api/webhooks'));
    expect(server.to('DELETE /api/recruiter/webhooks/w1')).toHaveLength(1);
  });
});
