import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { act, screen, waitFor, within } from '@testing-library/react';
import { reasons } from '../../copy';
import { FakeServer, owner, problem, viewer } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import { catalogue, webhook } from '../../test/samples';
import { showApp } from '../../test/show-app';
import { SNIPPETS } from './snippets';

const PATH = '/recruiter/api/guide';

describe('the Guide', () => {
  let server: FakeServer;

  beforeEach(() => {
    localStorage.clear();
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
  });

  it('lists the events and describes each with fields and an example', async () => {
    const { user } = showApp(`${PATH}/events`);
    await user.click(await screen.findByRole('link', { name: 'Offer sent' }));
    expect(await screen.findByRole('rowheader', { name: 'applicationId' })).toBeTruthy();
    expect(screen.getByLabelText('Whole message', { selector: 'pre' }).textContent).toContain('"event": "offer.sent"');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('shows the version of an event, and what a new one would mean to receivers', async () => {
    const [first, ...others] = catalogue.data;
    server.on('GET /api/recruiter/event-types', { ...catalogue, data: [{ ...first!, version: 3 }, ...others] });
    const { user } = showApp(`${PATH}/events/offer.sent`);
    expect(await screen.findByRole('heading', { name: 'Version' })).toBeTruthy();
    expect(screen.getByText(/^This is version 1, the first one\./)).toBeTruthy();
    expect(screen.getByText(/^A new version only adds fields\./)).toBeTruthy();
    const contents = within(screen.getByRole('navigation', { name: 'Guide' }));
    await user.click(contents.getByRole('link', { name: 'Events' }));
    await user.click(await screen.findByRole('link', { name: 'New application' }));
    expect(await screen.findByText(/^This is version 3\. It has more fields than version 2\./)).toBeTruthy();
  });

  it('offers to try again when the events cannot be loaded; the rest needs no server', async () => {
    server.on('GET /api/recruiter/event-types', () => problem(500, 'internal'));
    const { user } = showApp(`${PATH}/events`);
    expect(await screen.findByRole('button', { name: 'Try again' })).toBeTruthy();
    await user.click(screen.getByRole('link', { name: 'Tries and timing' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'Tries and timing' })).toBeTruthy();
  });

  it('says which webhooks use an event, sends it to one as a test, and shows its schema', async () => {
    server.on('GET /api/recruiter/webhooks', {
      data: [webhook(), webhook({ id: 'w2', description: 'Chat', events: ['offer.sent'] })],
      next_cursor: null,
    });
    const { user } = showApp(`${PATH}/events/offer.sent`);
    expect((await screen.findByText(/^Used by/)).textContent).toBe('Used by Chat');
    expect(screen.getByRole('row', { name: /applicationId/ }).textContent).toContain('required');
    await user.click(screen.getByText('JSON Schema'));
    expect(screen.getByLabelText('Schema of data', { selector: 'pre' })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Send this as a test to' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Payroll sync' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Test Payroll sync' }));
    expect(dialog.getByLabelText<HTMLSelectElement>('Event').value).toBe('offer.sent');
  });

  it('tells a person without the right to send tests who has it', async () => {
    server.on('GET /api/me', viewer());
    showApp(`${PATH}/events/offer.sent`);
    const button = await screen.findByRole('button', { name: 'Send this as a test to…' });
    expect(button.getAttribute('aria-disabled')).toBe('true');
  });

  it.each(Object.entries(SNIPPETS))(
    'shows the very file of examples/ (%s), in colours that lose nothing',
    async (_, snippet) => {
      const { user } = showApp(`${PATH}/verify`);
      await user.click(await screen.findByRole('radio', { name: snippet.label }));
      const code = readFileSync(new URL(`../../../../examples/${snippet.file}`, import.meta.url), 'utf8');
      const shown = screen.getByLabelText(snippet.file, { selector: 'pre' });
      expect(shown.textContent).toBe(code.trim());
      expect(shown.querySelector('.comment')?.textContent).toMatch(/hecks that a webhook/);
      const kinds = new Set(snippet.code.map(({ kind }) => kind));
      expect([...kinds].toSorted()).toEqual(['comment', 'name', 'number', 'plain', 'string', 'word']);
      expect(screen.getByText(snippet.tested ? /^Tested:/ : /^Not run:/)).toBeTruthy();
      expect(screen.getByText(snippet.compare, { selector: 'li code' })).toBeTruthy();
    },
  );

  it('copies the exact file', async () => {
    const { user } = showApp(`${PATH}/verify`);
    await user.click(await screen.findByRole('radio', { name: 'Go' }));
    Object.defineProperty(globalThis, 'isSecureContext', { value: true, configurable: true });
    await user.click(screen.getByRole('button', { name: 'Copy' }));
    await screen.findByRole('button', { name: 'Copied' });
    Reflect.deleteProperty(globalThis, 'isSecureContext');
    const code = readFileSync(new URL('../../../../examples/verify_go.go', import.meta.url), 'utf8');
    expect(await navigator.clipboard.readText()).toBe(code.trim());
  });

  it('remembers the language, and has steps for people who write no code', async () => {
    const { user } = showApp(`${PATH}/verify`);
    await user.click(await screen.findByRole('radio', { name: 'No code' }));
    for (const tool of ['Zapier', 'Make', 'n8n']) expect(screen.getByRole('heading', { name: tool })).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('link', { name: 'Start here' }));
    await screen.findByRole('heading', { level: 1, name: 'Start here' });
    await user.click(screen.getByRole('link', { name: 'Check the signature' }));
    expect((await screen.findByRole<HTMLInputElement>('radio', { name: 'No code' })).checked).toBe(true);
  });

  it('shows the facts of this installation', async () => {
    const platform = {
      retention_days: 90,
      max_event_bytes: 131_072,
      answer_within_ms: 2_500,
      parallel_requests: 3,
      delay_scale: 2,
      undo_ms: 0,
      sends_from: ['203.0.113.7'],
      record_urls: null,
    };
    server.on('GET /api/me', owner({ platform }));
    const { user } = showApp(`${PATH}/limits`);
    expect(await screen.findByText('203.0.113.7')).toBeTruthy();
    expect(screen.getByText('up to 128 KiB')).toBeTruthy();
    expect(screen.getByText('2.5 seconds')).toBeTruthy();
    expect(screen.getByText('90 days')).toBeTruthy();
    expect(screen.getByText('up to 3 to one webhook')).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('link', { name: 'Tries and timing' }));
    expect(await screen.findByText(/You can resend it for 90 days\./)).toBeTruthy();
    expect(screen.getByText(/^Any 2xx answer within 2\.5 seconds\./)).toBeTruthy();
    expect(screen.getByText('20 tries in a row failed, over at least 60 seconds.')).toBeTruthy();
    expect(screen.getByText(/twice as long each time, at most 1 hour\./)).toBeTruthy();
    expect(screen.getByText(/^After 10 days without one success/)).toBeTruthy();
  });

  it('says so when the operator has named no addresses', async () => {
    showApp(`${PATH}/limits`);
    expect(await screen.findByText(/They can change, so do not rely on them\./)).toBeTruthy();
  });

  it('gives the retry plans as times of a day', async () => {
    showApp(`${PATH}/tries`);
    const table = within(await screen.findByRole('table', { name: 'Retry plans' }));
    const row = (name: string) => table.getByRole('row', { name: new RegExp(`^${name} `) });
    const times = (name: string) =>
      within(row(name))
        .getAllByRole('cell')
        .map((cell) => cell.textContent);
    expect(times('Try 1')).toEqual(Array(3).fill('now Mon 09:00'));
    expect(times('Try 4')[0]).toBe('+ 30 min Mon 09:36');
    expect(times('Try 5')).toEqual(['–', '+ 2 h Mon 11:36', '+ 2 h Mon 11:36']);
    expect(times('Try 9')).toEqual(['–', '–', '+ 28 h Thu 09:36']);
  });

  it('checks a pasted message without any server, and says why it does not match', async () => {
    const [vector] = JSON.parse(
      readFileSync(
        new URL('../../../../server/src/webhooks/engine/send/signature-vectors.json', import.meta.url),
        'utf8',
      ),
    ) as Record<string, string>[];
    const { user } = showApp(`${PATH}/checker`);
    const check = await screen.findByRole('button', { name: 'Check signature' });
    const asked = server.asked.length;
    await user.click(check);
    expect(await screen.findByText('There is no signature.')).toBeTruthy();
    await user.click(screen.getByLabelText('Headers'));
    await user.paste(`x-webhook-signature: ${vector!['x-webhook-signature']}`);
    await user.click(screen.getByLabelText('Body'));
    await user.paste(JSON.stringify(JSON.parse(vector!.body!), null, 2));
    await user.type(screen.getByLabelText('Secret'), vector!.secret!);
    await user.click(check);
    expect(await screen.findByText('The body was changed.')).toBeTruthy();
    await user.clear(screen.getByLabelText('Body'));
    await user.click(screen.getByLabelText('Body'));
    await user.paste(vector!.body);
    await user.click(check);
    expect(await screen.findByText('The signature is valid.')).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    expect(server.asked).toHaveLength(asked);
    await user.click(screen.getByRole('link', { name: 'Tries and timing' }));
    await screen.findByRole('heading', { level: 1, name: 'Tries and timing' });
    const kept = Object.keys(localStorage).map((name) => localStorage.getItem(name));
    expect([document.body.innerHTML, ...kept].join()).not.toContain(vector!.secret);
  });

  it('says why it cannot check where the browser has no cryptography', async () => {
    const whole = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!;
    Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true });
    try {
      showApp(`${PATH}/checker`);
      expect(await screen.findByText(/only on a page that is opened over https/)).toBeTruthy();
    } finally {
      Object.defineProperty(globalThis, 'crypto', whole);
    }
  });

  it('has an entry for every reason, to which a link can point', async () => {
    showApp(`${PATH}/problems`);
    await screen.findByRole('heading', { level: 1, name: 'Common problems' });
    const missing = Object.keys(reasons).filter(
      (reason) => reason !== 'ok' && document.getElementById(reason) === null,
    );
    expect(missing).toEqual([]);
  });

  it('goes to the entry that a link names, and focuses it', async () => {
    const { history } = showApp(`${PATH}/problems#timeout`);
    await screen.findByRole('heading', { level: 1, name: 'Common problems' });
    await waitFor(() => expect(document.activeElement?.id).toBe('timeout'));
    act(() => history.push(`${PATH}/problems#dns`));
    await waitFor(() => expect(document.activeElement?.id).toBe('dns'));
    expect(document.activeElement?.getAttribute('data-asked')).toBe('true');
  });

  it('leads to the API page of the server', async () => {
    showApp(PATH);
    expect((await screen.findByRole('link', { name: /API reference/ })).getAttribute('href')).toBe('/api/docs');
  });
});
