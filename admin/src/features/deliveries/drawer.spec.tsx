import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { FakeServer, json, owner, problem, viewer } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import { catalogue, content, counts, delivery, failedDelivery, failureGroups, webhook } from '../../test/samples';
import { showApp } from '../../test/show-app';

const PATH = '/recruiter/api/deliveries';
const narrow = globalThis.matchMedia;
const ONE = (id: string) => `GET /api/recruiter/deliveries/${id}`;
const CONTENT = (id: string) => `GET /api/recruiter/deliveries/${id}/content`;

let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  server = new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null })
    .on('GET /api/recruiter/failure-groups', failureGroups())
    .on('GET /api/recruiter/deliveries/counts', { ...counts, total: { count: 1_204, capped: false } })
    .on('GET /api/recruiter/deliveries', ({ search }: { search: URLSearchParams }) =>
      search.get('cursor')
        ? json({ data: [delivery({ id: 'd4' })], next_cursor: null })
        : json({ data: [delivery(), delivery({ id: 'd2', event: 'offer.sent' }), delivery({ id: 'd3' })], next_cursor: 'c' }),
    );
  for (const id of ['d1', 'd2', 'd3']) server.on(ONE(id), failedDelivery({ id })).on(CONTENT(id), content);
});
afterEach(() => {
  globalThis.matchMedia = narrow;
});

/** A window with room for the drawer beside the list. */
function onWideScreen(): void {
  globalThis.matchMedia = (query) => ({ ...narrow(query), matches: query.includes('1200px') }) as MediaQueryList;
}

const docked = () => screen.findByRole('complementary', { name: 'Delivery' });
const rowLink = (n: number) => within(screen.getByRole('table')).getAllByRole('link')[n] as HTMLElement;

describe('the drawer beside the list', () => {
  beforeEach(onWideScreen);

  it('says where its delivery stands in the list, and goes to the next and the one before', async () => {
    const { user, history } = showApp(`${PATH}?delivery=d2`);
    const pager = await within(await docked()).findByRole('group', { name: 'Deliveries of the list' });
    await within(pager).findByText('2 of 1,204');
    await user.click(within(pager).getByRole('button', { name: 'Next delivery' }));
    await waitFor(() => expect(history.location.search).toBe('?delivery=d3'));
    await user.keyboard('kk');
    await waitFor(() => expect(history.location.search).toBe('?delivery=d1'));
    expect(within(pager).getByRole('button', { name: 'Delivery before' }).getAttribute('aria-disabled')).toBe('true');
    await user.keyboard('k');
    expect(history.location.search).toBe('?delivery=d1');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('keeps the tab that is open, and reads no message that is only passed by', async () => {
    const { user, history } = showApp(`${PATH}?delivery=d1`);
    const drawer = await docked();
    await user.click(await within(drawer).findByRole('tab', { name: 'Answer' }));
    await within(drawer).findByText('<b>down</b>');
    await user.keyboard('jj');
    await waitFor(() => expect(history.location.search).toBe('?delivery=d3'));
    await waitFor(() => expect(server.to(CONTENT('d3'))).toHaveLength(1));
    expect(server.to(CONTENT('d2'))).toHaveLength(0);
    expect(within(drawer).getByRole('tab', { name: 'Answer', selected: true })).toBeTruthy();
    expect(await within(drawer).findByText('<b>down</b>')).toBeTruthy();
  });

  it('walks on while J is held down', async () => {
    const { user, history } = showApp(`${PATH}?delivery=d1`);
    await within(await docked()).findByText('1 of 1,204');
    await user.keyboard('{j>2/}');
    await waitFor(() => expect(history.location.search).toBe('?delivery=d3'));
  });

  it('moves the focus along in the list, and gives it back to the row of what was shown last', async () => {
    const { user } = showApp(PATH);
    await screen.findByRole('table');
    await user.keyboard('j{Enter}');
    const drawer = await docked();
    await waitFor(() => expect(drawer.contains(document.activeElement)).toBe(true));
    rowLink(0).focus();
    await user.keyboard('{ArrowDown}');
    await waitFor(() => expect(document.activeElement).toBe(rowLink(1)));
    await user.click(within(drawer).getByRole('tab', { name: 'Sent' }));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('complementary')).toBeNull());
    expect(document.activeElement).toBe(rowLink(1));
  });

  it('closes at Esc from anywhere on the page, but not from a field', async () => {
    const { user } = showApp(`${PATH}?delivery=d1`);
    await docked();
    await user.click(await screen.findByRole('searchbox'));
    await user.keyboard('{Escape}');
    expect(screen.getByRole('complementary')).toBeTruthy();
    rowLink(2).focus();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('complementary')).toBeNull());
  });

  it('has no pager when the list does not have its delivery', async () => {
    server.on(ONE('d9'), failedDelivery({ id: 'd9' }));
    showApp(`${PATH}?delivery=d9`);
    const drawer = await docked();
    await within(drawer).findByRole('button', { name: 'Resend' });
    expect(within(drawer).queryByRole('group', { name: 'Deliveries of the list' })).toBeNull();
  });
});

describe('who was told of an event', () => {
  const EVENT = 'GET /api/recruiter/events/e1';
  const recipient = (name: string, result: string, status?: string) => ({
    webhook: { ...delivery().webhook, id: name, description: name },
    result,
    delivery: status ? { id: status, status, attempts: 1, response_status: 200, reason: 'ok' } : null,
  });
  const open = async () => {
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('button', { name: 'Who was told, and why not' }));
    return user;
  };

  it('is said for every webhook, with the reason of those that were not', async () => {
    const recipients = [
      recipient('Payroll', 'told', 'delivered'),
      recipient('ATS', 'off', 'skipped'),
      recipient('CRM', 'not_subscribed'),
      recipient('Slack', 'created_later'),
      recipient('Old', 'deleted'),
      recipient('Reports', 'subscribed_later'),
    ];
    server.on(EVENT, { recipients });
    await open();
    const list = await screen.findByRole('list', { name: 'Who was told' });
    const texts = within(list).getAllByRole('listitem').map((item) => item.textContent);
    expect(texts).toEqual([
      'PayrollDeliveredOpen',
      'ATSNot told: it was off.SkippedOpen',
      'CRMNot told: it does not ask for this event.',
      'SlackNot told: it was added later.',
      'OldNot told: it was deleted before.',
      'ReportsNot told: it asked for this event only later.',
    ]);
    expect(screen.getByText(/worked out from its present settings/)).toBeTruthy();
    const link = within(list).getByRole('link', { name: 'Open the delivery to Payroll' });
    expect(link.getAttribute('href')).toBe(`${PATH}/delivered`);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('is not asked for before somebody wants it, and can be asked again when it failed', async () => {
    server.on(EVENT, () => problem(500, 'internal'));
    const user = await open();
    expect((await screen.findByRole('alert')).textContent).toContain('req-7');
    expect(server.to(EVENT)).toHaveLength(1);
    server.on(EVENT, { recipients: [recipient('Payroll', 'told', 'delivered')] });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('list', { name: 'Who was told' })).toBeTruthy();
    expect(screen.queryByText(/worked out/)).toBeNull();
  });

  it('is not known of an event that is past its time', async () => {
    server.on(EVENT, () => problem(404, 'not_found'));
    await open();
    expect(await screen.findByText(/This is not known any more/)).toBeTruthy();
  });
});

describe('the timeline', () => {
  const tries = failedDelivery().timeline;

  it('tells our time from theirs, the last automatic try, and who sent it again', async () => {
    server.on(
      ONE('d1'),
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
    const items = within(timeline).getAllByRole('listitem').map((item) => item.textContent ?? '');
    expect(items[1]).toContain('Queued waited 230 ms with us');
    expect(items[2]).not.toContain('last automatic try');
    expect(items[3]).toContain('last automatic try');
    expect(items[4]).toContain('Resent by Anna Berg');
    expect(items[5]).toMatch(/^Try 3/);
    expect(items[5]).not.toContain('last automatic try');
  });

  it('calls no try the last one while another is planned', async () => {
    const next = new Date(Date.now() + 600_000).toISOString();
    server.on(ONE('d1'), failedDelivery({ status: 'retrying', max_attempts: 2, next_attempt_at: next }));
    showApp(`${PATH}/d1`);
    await screen.findByRole('region', { name: 'Timeline' });
    expect(screen.queryByText('last automatic try')).toBeNull();
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
    server.on(ONE('d1'), failedDelivery({ reason: 'tls_expired', timeline: [{ ...first!, ...ended }] }));
    showApp(`${PATH}/d1`);
    const verdict = await screen.findByRole('region', { name: 'What happened' });
    expect(verdict.textContent).toContain('The certificate of their site ended on 20 January 2026.');
  });

  describe('about an address that sends us on', () => {
    const PATCH = 'PATCH /api/recruiter/webhooks/w1';
    const redirected = (location: string | null) => {
      const [first] = content.attempts;
      const response_headers = location === null ? {} : { location };
      server
        .on(ONE('d1'), failedDelivery({ reason: 'redirect', response_status: 301 }))
        .on(CONTENT('d1'), { ...content, attempts: [{ ...first!, response_headers }] });
    };

    it('is to use the new one, which is shown before', async () => {
      redirected('/new-hooks');
      server
        .on('GET /api/recruiter/webhooks/w1', () => json(webhook(), 200, { etag: '"v7"' }))
        .on(PATCH, webhook({ url: 'https://hooks.payroll.example/new-hooks' }));
      const { user } = showApp(`${PATH}/d1`);
      const opener = await screen.findByRole('button', { name: 'Use the new address…' });
      expect(server.to(CONTENT('d1'))).toHaveLength(0);
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

    it('is not for viewers', async () => {
      redirected('/new');
      server.on('GET /api/me', viewer());
      showApp(`${PATH}/d1`);
      const button = await screen.findByRole('button', { name: 'Use the new address…' });
      expect(button.getAttribute('aria-disabled')).toBe('true');
    });
  });
});

describe('a delivery that is still owed', () => {
  const CANCEL = 'POST /api/recruiter/deliveries/d1/cancel';
  beforeEach(() => {
    server.on(ONE('d1'), failedDelivery({ status: 'waiting', next_attempt_at: new Date(Date.now() + 9e5).toISOString() }));
  });
  const ask = async () => {
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('button', { name: 'Cancel delivery…' }));
    const dialog = await screen.findByRole('dialog');
    return { user, dialog, yes: within(dialog).getByRole('button', { name: 'Cancel delivery' }) };
  };

  it('is cancelled after a question', async () => {
    const { user, yes } = await ask();
    server.on(CANCEL, () => {
      server.on(ONE('d1'), failedDelivery({ status: 'cancelled', reason: 'cancelled' }));
      return json(delivery({ status: 'cancelled', reason: 'cancelled' }));
    });
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(yes);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(await screen.findByText('Someone told us to stop this one.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Cancel delivery…' })).toBeNull();
  });

  it('is not when it is being sent this moment, and it says so', async () => {
    server.on(CANCEL, () => problem(409, 'delivery_in_flight', { detail: 'It is being sent right now.' }));
    const { user, dialog, yes } = await ask();
    await user.click(yes);
    expect((await within(dialog).findByRole('alert')).textContent).toContain('It is being sent right now.');
  });

  it('stays what it is when the person thinks again, and cannot be cancelled by a viewer', async () => {
    const { user, dialog } = await ask();
    await user.click(within(dialog).getByRole('button', { name: 'Keep it' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(server.to(CANCEL)).toHaveLength(0);
  });

  it('cannot be cancelled by a viewer', async () => {
    server.on('GET /api/me', viewer());
    showApp(`${PATH}/d1`);
    const button = await screen.findByRole('button', { name: 'Cancel delivery…' });
    expect(button.getAttribute('aria-disabled')).toBe('true');
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
      `curl -X POST 'https://hooks.payroll.example/bpoc' \\`,
      `const response = await fetch("https://hooks.payroll.example/bpoc", {`,
      'import urllib.request',
      '{',
    ]);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('are shown as bytes when they are no text, and it says where they are cut', async () => {
    const [, second] = content.attempts;
    const bytes = { response_body: '1f8b08', response_body_encoding: 'hex' as const, response_truncated: true };
    server.on(CONTENT('d1'), { ...content, attempts: [{ ...second!, ...bytes }] });
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('tab', { name: 'Answer' }));
    expect(await screen.findByText(/^0000 1f 8b 08/)).toBeTruthy();
    expect(screen.getByText('Cut at 1 KiB.')).toBeTruthy();
  });

  it('say what went wrong when they cannot be read', async () => {
    server.on(CONTENT('d1'), () => problem(500, 'internal'));
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
    server.on(ONE('d1'), failedDelivery({ subject: { kind: 'application', id: 'A/1' } }));
    showApp(`${PATH}/d1`);
    const link = await screen.findByRole('link', { name: 'A/1' });
    expect(link.getAttribute('href')).toBe('https://app.bpoc.example/applications/A%2F1');
  });

  it('is text where it does not', async () => {
    showApp(`${PATH}/d1`);
    await screen.findByText('A-1042');
    expect(screen.queryByRole('link', { name: 'A-1042' })).toBeNull();
  });
});

describe('a delivery that cannot be refreshed', () => {
  it('stays on screen, and says so', async () => {
    const at = new Date().toISOString();
    server.on(ONE('d1'), failedDelivery({ status: 'waiting', next_attempt_at: at }));
    showApp(`${PATH}/d1`);
    await screen.findByRole('button', { name: 'Resend' });
    server.on(ONE('d1'), () => problem(500, 'internal'));
    expect(await screen.findByText(/We could not refresh this delivery\./)).toBeTruthy();
    expect(screen.getByRole('region', { name: 'What happened' })).toBeTruthy();
  });
});
