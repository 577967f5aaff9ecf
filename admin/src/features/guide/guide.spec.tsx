import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { screen } from '@testing-library/react';
import { reasons } from '../../copy';
import { FakeServer, owner, problem } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import { catalogue } from '../../test/samples';
import { showApp } from '../../test/show-app';

const PATH = '/recruiter/api/guide';

describe('the Guide', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = new FakeServer().on('GET /api/me', owner()).on('GET /api/recruiter/event-types', catalogue);
  });

  it('lists the events and describes each with fields and an example', async () => {
    const { user } = showApp(`${PATH}/events`);
    await user.click(await screen.findByRole('link', { name: 'Offer sent' }));
    expect(await screen.findByRole('rowheader', { name: 'applicationId' })).toBeTruthy();
    expect(screen.getByLabelText('Whole message', { selector: 'pre' }).textContent).toContain('"event": "offer.sent"');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('offers to try again when the events cannot be loaded; the rest needs no server', async () => {
    server.on('GET /api/recruiter/event-types', () => problem(500, 'internal'));
    const { user } = showApp(`${PATH}/events`);
    expect(await screen.findByRole('button', { name: 'Try again' })).toBeTruthy();
    await user.click(screen.getByRole('link', { name: 'Tries and timing' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'Tries and timing' })).toBeTruthy();
  });

  it.each([
    ['Node', 'verify-node.mjs'],
    ['Python', 'verify_python.py'],
  ])('shows the very %s code that the tests of the project run', async (language, file) => {
    const { user } = showApp(`${PATH}/verify`);
    await user.click(await screen.findByRole('radio', { name: language }));
    const code = readFileSync(new URL(`../../../../examples/${file}`, import.meta.url), 'utf8');
    expect(screen.getByLabelText(file, { selector: 'pre' }).textContent).toBe(code.trim());
  });

  it('checks a pasted message without asking any server, and says why it does not fit', async () => {
    const [vector] = JSON.parse(
      readFileSync(new URL('../../../../server/src/webhooks/engine/signature-vectors.json', import.meta.url), 'utf8'),
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

  it('leads to the API page of the server', async () => {
    showApp(PATH);
    expect((await screen.findByRole('link', { name: /API reference/ })).getAttribute('href')).toBe('/api/docs');
  });
});
