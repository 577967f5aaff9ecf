import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import type { AgencyEvent } from '../../api/types';
import { accessibilityProblems } from '../../test/accessibility';
import { agencyServer } from '../../test/agency-server';
import { viewer, type FakeServer } from '../../test/fake-server';
import { showApp } from '../../test/show-app';

const PATH = '/recruiter/api/events';
const LIST = 'GET /api/recruiter/events';

const NONE = { waiting: 0, retrying: 0, delivered: 0, failed: 0, skipped: 0, cancelled: 0 };
const event = (id: string, more: Partial<AgencyEvent> = {}): AgencyEvent => ({
  id,
  type: 'application.created',
  occurred_at: '2026-01-22T10:30:00.000Z',
  accepted_at: '2026-01-22T10:30:00.000Z',
  test: false,
  subject: { kind: 'application', id: 'A-1042' },
  about: { label: 'Maria Santos · Cook', sentence: 'Maria Santos applied for Cook' },
  purged_at: null,
  deliveries: { ...NONE, delivered: 1, failed: 1 },
  ...more,
});

let server: FakeServer;
beforeEach(() => {
  const data = [event('e2', { deliveries: NONE }), event('e1')];
  server = agencyServer().on(LIST, { data, next_cursor: null });
});

describe('the events', () => {
  it('say what happened and to how many it was sent, also when that is none', async () => {
    showApp(PATH);
    const list = await screen.findByRole('list', { name: 'Events' });
    const [none, two] = within(list).getAllByRole('listitem');
    expect(none!.textContent).toContain('Maria Santos applied for Cook New application · Application A-1042');
    await waitFor(() => expect(none!.textContent).toContain('Not sent of 1'));
    expect(two!.textContent).toContain('Sent to 2 of 21 failed1 delivered');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('open in place, and say why it was not sent', async () => {
    const recipient = (name: string) => ({
      webhook: {
        id: name,
        kind: 'endpoint',
        url: 'https://x.example/',
        description: name,
        is_active: true,
        deleted: false,
      },
      result: 'not_subscribed',
      left_out_by: null,
      left_out_value: null,
      delivery: null,
    });
    server.on('GET /api/recruiter/events/e2', { recipients: ['ATS', 'CRM'].map(recipient) });
    const { user, history } = showApp(PATH);
    const [first] = await screen.findAllByRole('link', { name: 'Maria Santos applied for Cook' });
    await user.click(first!);
    expect(history.location.search).toBe('?open=e2');
    expect(await screen.findByText('2 are not subscribed')).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getAllByRole('link', { name: 'Maria Santos applied for Cook' })[0]!);
    await waitFor(() => expect(screen.queryByText('2 are not subscribed')).toBeNull());
  });

  it('are filtered by the address bar, and say which names matched', async () => {
    const found = [
      { kind: 'candidate', id: 'c', label: 'Maria Santos' },
      { kind: 'candidate', id: 'd', label: 'Mario Cruz' },
    ];
    server.on('GET /api/recruiter/records', { data: found });
    const { user } = showApp(`${PATH}?q=mari&event=offer.*`);
    expect(await screen.findByText('Events about Maria Santos and Mario Cruz')).toBeTruthy();
    const asked = server.to(LIST)[0]!.search;
    expect(screen.getByRole('link', { name: 'Export CSV' }).getAttribute('href')).toBe(
      '/api/recruiter/events.csv?q=mari&event=offer.*',
    );
    expect([asked.get('q'), asked.get('event'), asked.get('status')]).toEqual(['mari', 'offer.*', null]);
    server.on(LIST, { data: [], next_cursor: null });
    await user.type(screen.getByRole('searchbox'), 'x{Enter}');
    expect(await screen.findByText(/Nothing matches “marix”. You can search for the name of a candidate/)).toBeTruthy();
  });

  it('are numbers for viewers, who search by number', async () => {
    server.on('GET /api/me', viewer());
    server.on(LIST, { data: [event('e1', { about: null })], next_cursor: null });
    showApp(`${PATH}?q=A-1042`);
    const row = await screen.findByRole('link', { name: 'New application' });
    expect(row.closest('li')!.textContent).toContain('Application A-1042');
    expect(await screen.findByText('Events about “A-1042”')).toBeTruthy();
    expect(server.to('GET /api/recruiter/records')).toEqual([]);
    expect(screen.queryByRole('link', { name: 'Export CSV' })).toBeNull();
  });
});
