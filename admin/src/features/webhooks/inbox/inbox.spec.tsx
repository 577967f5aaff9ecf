import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import type { InboxMessage } from '../../../api/types';
import { accessibilityProblems } from '../../../test/accessibility';
import { connectionLost, FakeServer, json, owner, problem, viewer } from '../../../test/fake-server';
import { catalogue, webhook, webhookDetail } from '../../../test/samples';
import { showApp } from '../../../test/show-app';

const URL = 'https://webhooks.bpoc.example/inbox/WkzG1fFqX1u6YdcTg4sO0b8v1rJmQyq3hS2nE9aLxPk';
const MAKE = 'POST /api/recruiter/inboxes';
const MESSAGES = 'GET /api/recruiter/inboxes/i1/messages';
const EMPTY = 'DELETE /api/recruiter/inboxes/i1/messages';
const PATH = '/recruiter/api/webhooks/w1/inbox';

const message = (more: Partial<InboxMessage> = {}): InboxMessage => ({
  id: 'm1',
  received_at: '2026-01-22T10:30:00.000Z',
  method: 'POST',
  headers: { 'x-webhook-event': 'webhook.test', authorization: '…word' },
  body: '{"event":"webhook.test","data":"<b>bold</b>"}',
  size: 45,
  event: 'webhook.test',
  webhook_id: 'w1',
  delivery_id: 'd1',
  signature: 'valid',
  left_out: false,
  ...more,
});
const page = (...data: InboxMessage[]) => ({ data, next_cursor: null });

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on('GET /api/recruiter/webhooks', page())
    .on('GET /api/recruiter/webhooks/w1', webhookDetail({ inbox_id: 'i1', url: URL }))
    .on(MAKE, { id: 'i1', url: URL, created_at: '2026-01-22T10:30:00.000Z' }, 201);
});

describe('using a test inbox', () => {
  it('starts at the first step of a new agency and fills the address and a name in', async () => {
    const { user } = showApp('/recruiter/api/webhooks');
    await user.click(await screen.findByRole('button', { name: 'Use a test inbox' }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText(/A test inbox of BPOC/)).toBeTruthy();
    expect(within(dialog).getByLabelText<HTMLInputElement>('Name').value).toBe('Test inbox');
    expect(server.to(MAKE)).toHaveLength(1);
    expect(within(dialog).queryByLabelText('Address')).toBeNull();
  });

  it('is one click in the dialog, keeps a typed name, and leads to what arrived', async () => {
    server
      .on('POST /api/recruiter/webhooks', { ...webhook({ inbox_id: 'i1' }), secret: 'whsec_abc' }, 201)
      .on(MESSAGES, page());
    const { user, history } = showApp('/recruiter/api/webhooks/new');
    await user.type(await screen.findByLabelText('Name'), 'Trial');
    await user.click(screen.getByRole('radio', { name: 'Test inbox' }));
    expect(await screen.findByText(/A test inbox of BPOC/)).toBeTruthy();
    await user.click(await screen.findByRole('checkbox', { name: 'Applications' }));
    await user.click(screen.getByRole('button', { name: 'Create webhook' }));
    expect(server.to('POST /api/recruiter/webhooks')[0]?.body).toMatchObject({ url: URL, description: 'Trial' });
    await user.click(await screen.findByRole('button', { name: 'Saved. Next: send a test' }));
    await user.click(await screen.findByRole('link', { name: 'See what arrived' }));
    await waitFor(() => expect(history.location.pathname).toBe(PATH));
  });

  it('says why there is none, and the address can still be typed', async () => {
    server.on(MAKE, () => problem(409, 'inbox_unavailable', { detail: 'All 20 test inboxes are in use.' }));
    const { user } = showApp('/recruiter/api/webhooks/new');
    await user.click(await screen.findByRole('radio', { name: 'Test inbox' }));
    expect((await screen.findByRole('alert')).textContent).toContain('All 20 test inboxes are in use.');
    await user.click(screen.getByRole('radio', { name: 'Web address' }));
    await user.type(screen.getByLabelText('Address'), 'https://hooks.chat.example');
    expect(screen.queryByText(/A test inbox of BPOC/)).toBeNull();
  });
});

describe('what arrived', () => {
  it('says how to get a first message, and shows it as soon as it is there', async () => {
    server.on(MESSAGES, page());
    showApp(PATH);
    expect(await screen.findByText('Nothing has arrived yet.')).toBeTruthy();
    expect(screen.getByText(/Press Send test/)).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    server.on(MESSAGES, page(message()));
    expect(await screen.findByRole('heading', { name: 'Test message' }, { timeout: 10_000 })).toBeTruthy();
  });

  it('shows the newest as text, with its headers and whether its signature is right', async () => {
    server.on(
      MESSAGES,
      page(message(), message({ id: 'm0', signature: 'invalid', event: 'offer.sent', body: 'no json' })),
    );
    const { user } = showApp(PATH);
    const article = await screen.findByRole('article');
    expect((await within(article).findByRole('tree', { name: 'Body' })).textContent).toContain('"data":"<b>bold</b>"');
    expect(article.textContent).toContain('authorization: …word');
    expect(within(article).getByText('Valid signature')).toBeTruthy();
    expect(within(article).getByRole('link', { name: 'See its delivery' }).getAttribute('href')).toContain(
      'delivery=d1',
    );
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('button', { name: /Invalid signature/ }));
    expect(screen.getByRole('article').textContent).toContain('no json');
    expect(within(screen.getByRole('article')).getByText(/A receiver should reject it/)).toBeTruthy();
  });

  it('asks for a message whose contents the list leaves out', async () => {
    server
      .on(MESSAGES, page(message({ left_out: true, headers: {}, body: null })))
      .on('GET /api/recruiter/inboxes/i1/messages/m1', message({ body: '{"large":true}' }));
    showApp(PATH);
    const article = await screen.findByRole('article');
    expect((await within(article).findByRole('tree', { name: 'Body' })).textContent).toContain('"large":true');
    expect(article.textContent).toContain('authorization: …word');
    expect(article.textContent).not.toContain('erased');
  });

  it('keeps the message that is being read open while new ones arrive', async () => {
    server.on(MESSAGES, page(message({ body: 'first' })));
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: /Test message/ }));
    server.on(MESSAGES, page(message({ id: 'm2', body: 'second' }), message({ body: 'first' })));
    await waitFor(() => expect(screen.getAllByRole('button', { name: /Test message/ })).toHaveLength(2), {
      timeout: 10_000,
    });
    expect(screen.getByRole('article').textContent).toContain('first');
  });

  it('can be deleted, after a question, and a lost connection says so', async () => {
    server.on(MESSAGES, page(message())).on(EMPTY, connectionLost);
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Delete messages…' }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Delete messages' }));
    expect(await within(dialog).findByRole('alert')).toBeTruthy();
    server.on(EMPTY, () => json(null, 204)).on(MESSAGES, page());
    await user.click(within(dialog).getByRole('button', { name: 'Delete messages' }));
    expect(await screen.findByText('Nothing has arrived yet.')).toBeTruthy();
  });

  it('is not for viewers', async () => {
    server.on('GET /api/me', viewer());
    const { container } = showApp(PATH);
    expect(await screen.findByText(/Messages contain personal data/)).toBeTruthy();
    expect(server.to(MESSAGES)).toHaveLength(0);
    expect(container.textContent).toContain('What arrived');
  });

  it('has no tab at a webhook with a real address', async () => {
    server.on('GET /api/recruiter/webhooks/w1', webhookDetail());
    showApp(PATH);
    expect(await screen.findByText('This webhook has an address of its own.')).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'What arrived' })).toBeNull();
  });
});
