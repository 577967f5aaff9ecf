import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { accessibilityProblems } from '../../../test/accessibility';
import { FakeServer, json, owner } from '../../../test/fake-server';
import { catalogue, webhookDetail } from '../../../test/samples';
import { showApp } from '../../../test/show-app';

const SETTINGS = '/recruiter/api/webhooks/w1/settings';
const CHANGE = 'PATCH /api/recruiter/webhooks/w1';
const ASK = 'POST /api/recruiter/webhooks/w1/recipients/ask';

const recipient = (email: string, state: 'waiting' | 'confirmed' | 'unsubscribed' | 'bounced', more: object = {}) => {
  return { email, state, reason: null, asked_at: null, ...more };
};

describe('the recipients of mails', () => {
  let server: FakeServer;

  beforeEach(() => {
    const recipients = [
      recipient('ann@agency.example', 'confirmed'),
      recipient('gone@client.example', 'bounced', { reason: '550 5.1.1 no such user' }),
      recipient('pat@client.example', 'waiting', { asked_at: '2026-01-22T10:30:00.000Z' }),
      recipient('sam@client.example', 'unsubscribed'),
    ];
    const mail = { kind: 'email', url: null, recipients, style: { names: 'initials', link: true } } as const;
    const body = JSON.stringify({ subject: 'New application: M. S.', text: 'M. S. applied\n\n-- \nStop: https://x' });
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/webhooks', { data: [], next_cursor: null })
      .on('GET /api/recruiter/webhooks/w1/alerts', { emails: [], url: null, chat_webhook_id: null, default: false })
      .on('GET /api/recruiter/webhooks/w1', webhookDetail(mail))
      .on('GET /api/recruiter/webhooks/w1/preview', { event: 'application.created', event_id: null, body })
      .on(CHANGE, () => json(webhookDetail(mail)))
      .on(ASK, () => new Response(null, { status: 204 }));
  });

  it('say what became of each, can be changed, and asked again', async () => {
    const { user } = showApp(SETTINGS);
    const row = async (email: string) => within((await screen.findByText(email)).closest('li')!);
    expect((await row('ann@agency.example')).getByText('Gets emails')).toBeTruthy();
    expect((await row('gone@client.example')).getByText(/550 5\.1\.1 no such user/)).toBeTruthy();
    expect((await row('pat@client.example')).getByText(/Nothing is sent until/)).toBeTruthy();
    expect(await screen.findByText('New application: M. S.')).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click((await row('sam@client.example')).getByRole('button', { name: 'Ask again' }));
    await waitFor(() => expect(server.to(ASK).map(({ body }) => body)).toEqual([{ email: 'sam@client.example' }]));
    await user.click(screen.getByRole('button', { name: 'Remove gone@client.example' }));
    await user.type(screen.getByLabelText('Add addresses'), 'New@agency.example');
    await user.click(screen.getByRole('button', { name: 'Save recipients' }));
    const wanted = ['ann@agency.example', 'pat@client.example', 'sam@client.example', 'new@agency.example'];
    await waitFor(() => expect(server.to(CHANGE).map(({ body }) => body)).toEqual([{ recipients: wanted }]));
  });
});
