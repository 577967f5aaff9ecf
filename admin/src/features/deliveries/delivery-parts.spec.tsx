import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { agencyServer } from '../../test/agency-server';
import { type FakeServer, json, owner, problem, viewer } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import { content, failedDelivery, webhook } from '../../test/samples';
import { showApp } from '../../test/show-app';

const PATH = '/recruiter/api/deliveries';
const ONE = 'GET /api/recruiter/deliveries/d1';
const CONTENT = 'GET /api/recruiter/deliveries/d1/content';

let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  server = agencyServer().on(ONE, failedDelivery()).on(CONTENT, content);
});

describe('the timeline', () => {
  const tries = failedDelivery().timeline;

  it('shows our time and theirs, the last automatic try, and who resent it', async () => {
    server.on(
      ONE,
      failedDelivery({
        created_at: '2026-01-22T10:30:59.770Z',
        attempts: 3,
        max_attempts: 2,
        timeline: [...tries, { ...tries[1]!, n: 3, started_at: '2026-01-22T10:41:00.000Z' }],
        resends: [{ at: '2026-01-22T10:40:00.000Z', by: 'Anna Berg', recovery_id: null }],
      }),
    );
    showApp(`${PATH}/d1`);
    const timeline = await screen.findByRole('region', { name: 'Timeline' });
    const items = within(timeline)
      .getAllByRole('listitem')
      .map((item) => item.textContent ?? '');
    expect(items[1]).toContain('Queued for 230 ms');
    expect(items[2]).not.toContain('last automatic try');
    expect(items[3]).toContain('last automatic try');
    expect(items[4]).toContain('Resent by Anna Berg');
    expect(items[5]).toMatch(/^Try 3/);
    expect(items[5]).not.toContain('last automatic try');
  });

  it('does not call a try the last one while another is planned', async () => {
    const next = new Date(Date.now() + 600_000).toISOString();
    server.on(ONE, failedDelivery({ status: 'retrying', max_attempts: 2, next_attempt_at: next }));
    showApp(`${PATH}/d1`);
    await screen.findByRole('region', { name: 'Timeline' });
    expect(screen.queryByText('last automatic try')).toBeNull();
  });
});

describe('a delivery of a paced webhook', () => {
  it('says what it waits for, and until when', async () => {
    const until = new Date(Date.now() - 1_000).toISOString();
    const pace = { limit: 1, per: 'second' as const };
    const waits = { for: 'group' as const, before: 12, until, pace };
    server.on(ONE, failedDelivery({ status: 'waiting', reason: null, timeline: [], next_attempt_at: until, waits }));
    showApp(`${PATH}/d1`);
    const verdict = await screen.findByRole('region', { name: 'What happened' });
    expect(verdict.textContent).toContain(
      'Waits for its turn, in one message with others: at most 1 message a second, 12 before it. We will send it in',
    );
  });
});

describe('what to do', () => {
  it('leads to the entry of the Guide', async () => {
    showApp(`${PATH}/d1`);
    const link = await screen.findByRole('link', { name: 'What to do' });
    expect(link.getAttribute('href')).toBe('/recruiter/api/guide/problems#down');
  });

  it('says when their certificate ended', async () => {
    const [first] = failedDelivery().timeline;
    const ended = { reason: 'tls_expired' as const, certificate_expired_at: '2026-01-20T12:00:00.000Z' };
    server.on(ONE, failedDelivery({ reason: 'tls_expired', timeline: [{ ...first!, ...ended }] }));
    showApp(`${PATH}/d1`);
    const verdict = await screen.findByRole('region', { name: 'What happened' });
    expect(verdict.textContent).toContain('Their site’s security certificate expired on 20 January 2026.');
  });

  describe('about an address that sends us on', () => {
    const PATCH = 'PATCH /api/recruiter/webhooks/w1';
    const redirected = (location: string | null, status = 301) => {
      const [first] = content.attempts;
      const response_headers = location === null ? {} : { location };
      server
        .on(ONE, failedDelivery({ reason: 'redirect', response_status: status }))
        .on(CONTENT, { ...content, attempts: [{ ...first!, response_headers }] });
    };

    it('suggests the new one, which is shown first', async () => {
      redirected('/new-hooks');
      server
        .on('GET /api/recruiter/webhooks/w1', () => json(webhook(), 200, { etag: '"v7"' }))
        .on(PATCH, webhook({ url: 'https://hooks.payroll.example/new-hooks' }));
      const { user } = showApp(`${PATH}/d1`);
      const opener = await screen.findByRole('button', { name: 'Use the new address…' });
      expect(server.to(CONTENT)).toHaveLength(0);
      await user.click(opener);
      const dialog = await screen.findByRole('dialog');
      expect(await within(dialog).findByText('https://hooks.payroll.example/new-hooks')).toBeTruthy();
      expect(await accessibilityProblems()).toEqual([]);
      await user.click(within(dialog).getByRole('button', { name: 'Use this address' }));
      await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
      const [asked] = server.to(PATCH);
      expect(asked?.body).toEqual({ url: 'https://hooks.payroll.example/new-hooks' });
      expect(asked?.headers.get('if-match')).toBe('"v7"');
    });

    it.each([
      [null, 'They did not say which address is the new one.'],
      ['http://hooks.payroll.example/', 'Use an address that starts with https://'],
    ])('offers nothing that cannot be used: %s', async (location, words) => {
      redirected(location);
      const { user } = showApp(`${PATH}/d1`);
      await user.click(await screen.findByRole('button', { name: 'Use the new address…' }));
      expect(await screen.findByText(new RegExp(words))).toBeTruthy();
      expect(screen.queryByRole('button', { name: 'Use this address' })).toBeNull();
    });

    it.each([307, 308])('suggests the new one after a %i too', async (status) => {
      redirected('/new', status);
      showApp(`${PATH}/d1`);
      expect(await screen.findByRole('button', { name: 'Use the new address…' })).toBeTruthy();
    });

    it.each([300, 302, 303, 304])('suggests nothing after a %i, which may lead to a login page', async (status) => {
      redirected('/login', status);
      showApp(`${PATH}/d1`);
      expect(await screen.findByRole('button', { name: /^Resend|^Send now/ })).toBeTruthy();
      expect(screen.queryByRole('button', { name: 'Use the new address…' })).toBeNull();
    });

    it('is not for viewers', async () => {
      redirected('/new');
      server.on('GET /api/me', viewer());
      showApp(`${PATH}/d1`);
      const button = await screen.findByRole('button', { name: 'Use the new address…' });
      expect(button.getAttribute('aria-disabled')).toBe('true');
    });
  });
});

describe('the message and the answer', () => {
  it('can be copied as code', async () => {
    const copied = jest.fn((_text: string) => Promise.resolve());
    const { user } = showApp(`${PATH}/d1`);
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: copied }, configurable: true });
    Object.defineProperty(globalThis, 'isSecureContext', { value: true, configurable: true });
    await user.click(await screen.findByRole('tab', { name: 'Sent' }));
    const group = await screen.findByRole('group', { name: 'Copy the request as' });
    for (const kind of ['cURL', 'Node', 'Python', 'JSON']) {
      await user.click(within(group).getByRole('button', { name: kind }));
    }
    expect(copied.mock.calls.map(([text]) => text.split('\n')[0])).toEqual([
      `curl -g -X POST 'https://hooks.payroll.example/bpoc' \\`,
      `const response = await fetch("https://hooks.payroll.example/bpoc", {`,
      'import urllib.request',
      '{',
    ]);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('are shown as bytes if they are not text, and say where they are cut', async () => {
    const [, second] = content.attempts;
    const bytes = { response_body: '1f8b08', response_body_encoding: 'hex' as const, response_truncated: true };
    server.on(CONTENT, { ...content, attempts: [{ ...second!, ...bytes }] });
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('tab', { name: 'Answer' }));
    expect(await screen.findByText(/^0000 1f 8b 08/)).toBeTruthy();
    expect(screen.getByText('Cut off here: we keep up to 1 KiB.')).toBeTruthy();
  });

  it('say what went wrong when they cannot be read', async () => {
    server.on(CONTENT, () => problem(500, 'internal'));
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('tab', { name: 'Sent' }));
    expect((await screen.findByRole('alert')).textContent).toContain('req-7');
  });
});

describe('the record that an event is about', () => {
  it('is a link where the server knows its address', async () => {
    const me = owner();
    const record_urls = { application: 'https://app.bpoc.example/applications/{id}' };
    server.on('GET /api/me', { ...me, platform: { ...me.platform, record_urls } });
    server.on(ONE, failedDelivery({ subject: { kind: 'application', id: 'A/1' } }));
    showApp(`${PATH}/d1`);
    const link = await screen.findByRole('link', { name: 'Application A/1' });
    expect(link.getAttribute('href')).toBe('https://app.bpoc.example/applications/A%2F1');
  });

  it('is text where it does not', async () => {
    showApp(`${PATH}/d1`);
    await screen.findByText('Application A-1042');
    expect(screen.queryByRole('link', { name: 'Application A-1042' })).toBeNull();
  });
});

describe('a delivery that cannot be refreshed', () => {
  it('stays on screen, and says so', async () => {
    const at = new Date().toISOString();
    server.on(ONE, failedDelivery({ status: 'waiting', next_attempt_at: at }));
    showApp(`${PATH}/d1`);
    await screen.findByRole('button', { name: 'Resend' });
    server.on(ONE, () => problem(500, 'internal'));
    expect(await screen.findByText(/We could not refresh this delivery\./)).toBeTruthy();
    expect(screen.getByRole('region', { name: 'What happened' })).toBeTruthy();
  });
});
