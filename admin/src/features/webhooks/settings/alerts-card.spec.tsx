import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { accessibilityProblems } from '../../../test/accessibility';
import { connectionLost, FakeServer, json, owner, problem, viewer } from '../../../test/fake-server';
import { readingGrade } from '../../../test/reading-grade';
import { webhook, catalogue, webhookDetail } from '../../../test/samples';
import { showApp } from '../../../test/show-app';
import { alertWords } from './alert-copy';
import { emailsOf, emailsProblem } from '../../../lib/email-list';

const SETTINGS = '/recruiter/api/webhooks/w1/settings';
const READ = 'GET /api/recruiter/webhooks/w1/alerts';
const WRITE = 'PUT /api/recruiter/webhooks/w1/alerts';

describe('who to email if a webhook fails', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/webhooks', { data: [], next_cursor: null })
      .on('GET /api/recruiter/webhooks/w1', webhookDetail())
      .on(READ, { emails: ['ops@agency.example'], url: null, chat_webhook_id: null })
      .on(WRITE, ({ body }: { body: unknown }) => json(body));
  });

  const emails = () => screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Email addresses' });
  const url = () => screen.getByRole<HTMLInputElement>('textbox', { name: 'Alert address (optional)' });
  const save = () => screen.getByRole('button', { name: 'Save alerts' });

  it('shows the recipients, and saves others without the rest of the settings', async () => {
    const chat = webhook({ id: 'w9', kind: 'slack', description: 'Hiring channel' });
    server.on('GET /api/recruiter/webhooks', { data: [chat], next_cursor: null });
    const { user } = showApp(SETTINGS);
    expect((await emails()).value).toBe('ops@agency.example');
    expect(screen.queryByRole('button', { name: 'Save alerts' })).toBeNull();
    await user.type(await emails(), '\nAnna@agency.example, ops@agency.example');
    await user.type(url(), 'https://alerts.agency.example/x');
    await user.selectOptions(screen.getByLabelText('Alerts in chat'), 'Hiring channel');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(save());
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Save alerts' })).toBeNull());
    expect(server.to(WRITE).map(({ body }) => body)).toEqual([
      {
        emails: ['ops@agency.example', 'anna@agency.example'],
        url: 'https://alerts.agency.example/x',
        chat_webhook_id: 'w9',
      },
    ]);
    expect((await emails()).value).toBe('ops@agency.example\nanna@agency.example');
    expect(server.asked.filter(({ method }) => method === 'PATCH')).toEqual([]);
  });

  it('says that alerts go to the owners until they are changed', async () => {
    server.on(READ, { emails: ['otto@agency.example'], url: null, chat_webhook_id: null, default: true });
    const { user } = showApp(SETTINGS);
    expect(await screen.findByText(new RegExp(alertWords.byDefault))).toBeTruthy();
    await user.type(await emails(), '\nanna@agency.example');
    await user.click(save());
    await waitFor(() => expect(screen.queryByText(new RegExp(alertWords.byDefault))).toBeNull());
    expect(server.to(WRITE)[0]?.body).toEqual({
      emails: ['otto@agency.example', 'anna@agency.example'],
      url: null,
      chat_webhook_id: null,
    });
  });

  it('says when there are no recipients, and removes all of them again', async () => {
    const { user } = showApp(SETTINGS);
    await user.clear(await emails());
    await user.click(save());
    expect(await screen.findByText(new RegExp(alertWords.noRecipients))).toBeTruthy();
    expect(server.to(WRITE)[0]?.body).toEqual({ emails: [], url: null, chat_webhook_id: null });
  });

  it('says what is wrong at the field before it asks the server', async () => {
    const { user } = showApp(SETTINGS);
    await user.type(await emails(), ' anna');
    await user.type(url(), 'http://alerts.agency.example');
    await user.click(save());
    expect(await screen.findByText('anna is not an email address.')).toBeTruthy();
    expect(screen.getByText(/starts with https/)).toBeTruthy();
    expect((await emails()).getAttribute('aria-invalid')).toBe('true');
    expect(server.to(WRITE)).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Undo' }));
    expect((await emails()).value).toBe('ops@agency.example');
    expect(screen.queryByText('anna is not an email address.')).toBeNull();
  });

  it('puts what the server refuses at its field, and keeps what was typed', async () => {
    const errors = [
      { field: 'emails.1', code: 'is_email', message: 'Address 2 is not an email address.' },
      { field: 'url', code: 'private_name', message: 'We cannot reach addresses inside a private network.' },
    ];
    server.on(WRITE, () => problem(400, 'validation_failed', { errors }));
    const { user } = showApp(SETTINGS);
    await user.type(await emails(), ' x@y.z');
    await user.click(save());
    for (const { message } of errors) expect(await screen.findByText(message)).toBeTruthy();
    expect((await emails()).value).toBe('ops@agency.example x@y.z');
  });

  it('reports when the connection is lost while saving', async () => {
    server.on(WRITE, connectionLost);
    const { user } = showApp(SETTINGS);
    await user.type(await emails(), ' x@y.example');
    await user.click(save());
    expect((await screen.findByRole('alert')).textContent).toContain('We could not reach BPOC.');
  });

  it('can be loaded again when it could not be loaded', async () => {
    server.on(READ, () => problem(500, 'internal'));
    const { user } = showApp(SETTINGS);
    const again = await screen.findByRole('button', { name: 'Try again' }, { timeout: 15_000 });
    server.on(READ, { emails: [], url: null, chat_webhook_id: null });
    await user.click(again);
    expect((await emails()).value).toBe('');
  });

  it('is shown to members, with a note on who can change it', async () => {
    const rights = owner().rights.filter((right) => right !== 'webhooks.write');
    server.on('GET /api/me', owner({ role: 'member', rights }));
    showApp(SETTINGS);
    expect((await emails()).disabled).toBe(true);
    expect(save().getAttribute('aria-disabled')).toBe('true');
  });

  it('is hidden from viewers, with the reason', async () => {
    server.on('GET /api/me', viewer());
    showApp(SETTINGS);
    const card = (await screen.findByRole('heading', { name: 'Who to email if it fails' })).closest('section')!;
    expect(within(card).getByText(/see who gets an email/)).toBeTruthy();
    expect(server.to(READ)).toEqual([]);
  });
});

describe('the words', () => {
  it.each(Object.entries(alertWords))('read below school grade 7 (%s)', (_name, words) => {
    expect(readingGrade(words)).toBeLessThanOrEqual(7);
  });
});

describe('a text of addresses', () => {
  it('is split at spaces, lines, commas and semicolons, without duplicates', () => {
    expect(emailsOf(' A@x.example;b@x.example,\n\na@x.example ')).toEqual(['a@x.example', 'b@x.example']);
    expect(emailsOf('  ')).toEqual([]);
  });

  it('has at most ten', () => {
    const many = Array.from({ length: 11 }, (_, n) => `a${n}@x.example`);
    expect([emailsProblem(many.slice(1), 10), emailsProblem(many, 10)]).toEqual([null, 'Add 10 addresses at most.']);
  });
});
