import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { screen, waitFor, within } from '@testing-library/react';
import { agencyServer } from '../../test/agency-server';
import { type FakeServer, json, problem, viewer } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import { content, delivery, failedDelivery, failureGroups, webhookDetail } from '../../test/samples';
import { showApp } from '../../test/show-app';

const PATH = '/recruiter/api/deliveries';
const LIST = 'GET /api/recruiter/deliveries';
const ONE = 'GET /api/recruiter/deliveries/d1';
const CONTENT = 'GET /api/recruiter/deliveries/d1/content';

let server: FakeServer;

beforeEach(() => {
  server = agencyServer().on(ONE, failedDelivery()).on(CONTENT, content);
});

describe('the list of deliveries', () => {
  it('shows what was sent, its subject, its recipient and the response', async () => {
    showApp(PATH);
    const row = (await screen.findByRole('link', { name: 'New application' })).closest('[role=row]');
    expect(row?.textContent).toContain('Delivered');
    expect(row?.textContent).toContain('A-1042');
    expect(row?.textContent).toContain('Payroll sync');
    expect(row?.textContent).toContain('184 ms');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('takes its filter from the address and puts it there', async () => {
    const { user, history } = showApp(`${PATH}?status=failed&response=5xx`);
    await screen.findByRole('table');
    const asked = server.to(LIST)[0]?.search;
    expect([asked?.get('status'), asked?.get('response')]).toEqual(['failed', '5xx']);
    await user.click(screen.getByRole('button', { name: /^Delivered/ }));
    await waitFor(() => expect(history.location.search).toBe('?status=delivered&response=5xx'));
    await user.click(screen.getByRole('button', { name: 'Filters' }));
    await user.selectOptions(screen.getByLabelText('Webhook'), 'Payroll sync');
    await waitFor(() => expect(history.location.search).toContain('webhook_id=w1'));
  });

  it('loads the next page below the first', async () => {
    server.on(LIST, ({ search }: { search: URLSearchParams }) =>
      search.get('cursor') === 'c2'
        ? json({ data: [delivery({ id: 'd2', event: 'offer.sent' })], next_cursor: null })
        : json({ data: [delivery()], next_cursor: 'c2' }),
    );
    const { user } = showApp(PATH);
    await user.click(await screen.findByRole('button', { name: 'Load more' }));
    expect(await screen.findByRole('link', { name: 'Offer sent' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'New application' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Load more' })).toBeNull();
  });

  it('offers to clear the filters when nothing matches', async () => {
    server.on(LIST, { data: [], next_cursor: null });
    const { user, history } = showApp(`${PATH}?q=no-match`);
    expect(await screen.findByText('No deliveries match.')).toBeTruthy();
    await user.click(screen.getAllByRole('button', { name: 'Clear filters' })[0] as HTMLElement);
    await waitFor(() => expect(history.location.search).toBe(''));
    expect(await screen.findByText('No deliveries yet.')).toBeTruthy();
  });

  it('says what went wrong, with the request id, when it cannot be loaded', async () => {
    server.on(LIST, () => problem(503, 'database_unavailable'));
    showApp(PATH);
    expect((await screen.findByRole('alert')).textContent).toContain('req-7');
  });
});

describe('one delivery', () => {
  it('says in plain words what happened, who can fix it and what comes next', async () => {
    showApp(`${PATH}/d1`);
    const verdict = await screen.findByRole('region', { name: 'What happened' });
    expect(verdict.textContent).toContain('Their server says it is down. 503 Service Unavailable');
    expect(verdict.textContent).toContain('The developer of Payroll sync can fix this.');
    expect(verdict.textContent).toContain('We tried 2 times and stopped.');
    expect(screen.getByText('They took longer than 10 seconds.')).toBeTruthy();
    expect(screen.getByText('lookup 4 ms · connect 20 ms · TLS 31 ms · answer 37 ms')).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('says how many others failed the same way, with a link to them', async () => {
    server.on('GET /api/recruiter/failure-groups', failureGroups({ reason: 'timeout', count: 9 }, { count: 42 }));
    showApp(`${PATH}/d1`);
    const link = await screen.findByRole('link', { name: '41 other deliveries failed the same way' });
    expect(link.getAttribute('href')).toBe(`${PATH}?webhook_id=w1&status=retrying%2Cfailed&period=24h&reason=down`);
    expect(server.to('GET /api/recruiter/failure-groups')[0]?.search.get('webhook_id')).toBe('w1');
  });

  it('says nothing of others when it failed alone, or when they cannot be counted', async () => {
    server.on('GET /api/recruiter/failure-groups', failureGroups({ count: 1 }));
    const { user } = showApp(`${PATH}?delivery=d1`);
    const drawer = await screen.findByRole('dialog');
    await within(drawer).findByRole('button', { name: 'Resend' });
    await waitFor(() => expect(server.to('GET /api/recruiter/failure-groups')).toHaveLength(1));
    expect(within(drawer).queryByText(/failed the same way/)).toBeNull();
    server.on('GET /api/recruiter/failure-groups', () => problem(500, 'internal'));
    await user.click(within(drawer).getByRole('link', { name: 'Open as page' }));
    await screen.findByRole('heading', { level: 1 });
    expect(screen.queryByText(/failed the same way/)).toBeNull();
  });

  it('says which try succeeded, whatever a later resend did', async () => {
    const [first, second] = failedDelivery().timeline;
    const success = { ...second!, outcome: 'succeeded' as const, reason: 'ok' as const, response_status: 200 };
    const timeline = [first!, success, { ...second!, n: 3 }];
    server.on(ONE, failedDelivery({ status: 'delivered', attempts: 3, timeline }));
    showApp(`${PATH}/d1`);
    const verdict = await screen.findByRole('region', { name: 'What happened' });
    expect(verdict.textContent).toContain('Delivered in 92\u00a0ms. It took 2 tries. 200 OK');
  });

  it('opens the message only when asked to, because each reading is recorded', async () => {
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('tab', { name: 'Sent' }));
    expect(await screen.findByText('"A-1042"')).toBeTruthy();
    expect(server.to(CONTENT)).toHaveLength(1);
  });

  it('says how they answered without reading the message', async () => {
    server.on(
      ONE,
      failedDelivery({
        answers: [
          { n: 2, text: 'Ask •••.' },
          { n: 1, text: 'Not now.' },
        ],
      }),
    );
    const { user } = showApp(`${PATH}/d1`);
    expect(await screen.findByText('Ask •••.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Try 1' }));
    expect(screen.getByText('Not now.')).toBeTruthy();
    expect(server.to(CONTENT)).toHaveLength(0);
  });

  it('shows the answer to the chosen try, as text and never as a page', async () => {
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('tab', { name: 'Answer' }));
    expect(await screen.findByText('<b>down</b>')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Try 1' }));
    expect(await screen.findByText('They did not answer try 1.')).toBeTruthy();
  });

  it('shows the exact signed text, and computes signatures with a secret in the browser', async () => {
    const [vector] = JSON.parse(
      readFileSync(
        new URL('../../../../server/src/webhooks/engine/send/signature-vectors.json', import.meta.url),
        'utf8',
      ),
    ) as { secret: string; id: string; timestamp: number; body: string; 'webhook-signature': string }[];
    const { secret, id, timestamp, body } = vector!;
    const request_headers = {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': 'v1,…',
    };
    server
      .on(CONTENT, { ...content, body, attempts: content.attempts.map((one) => ({ ...one, request_headers })) })
      .on('GET /api/recruiter/webhooks/w1', webhookDetail());
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('tab', { name: 'Signature' }));
    const signed = await screen.findByLabelText('webhook-signature signs', { selector: 'pre' });
    expect(signed.textContent).toBe(`${id}.${timestamp}.${body}`);
    expect(await screen.findByText('whsec_…k9Qz')).toBeTruthy();
    const asked = server.asked.length;
    const field = screen.getByLabelText('Check it yourself');
    await user.type(field, 'hunter2');
    await user.click(screen.getByRole('button', { name: 'Sign with this secret' }));
    expect(await screen.findByText(/^This is not one of our secrets/)).toBeTruthy();
    await user.clear(field);
    await user.type(field, secret);
    await user.click(screen.getByRole('button', { name: 'Sign with this secret' }));
    const made = await screen.findByLabelText('With this secret', { selector: 'pre' });
    expect(made.textContent).toContain(`webhook-signature: ${vector!['webhook-signature']}`);
    expect(server.asked).toHaveLength(asked);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('does not name the current secret for a try before it was made', async () => {
    server.on('GET /api/recruiter/webhooks/w1', webhookDetail({ secret_created_at: '2026-02-01T00:00:00.000Z' }));
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('tab', { name: 'Signature' }));
    expect(await screen.findByText('an older one than whsec_…k9Qz')).toBeTruthy();
  });

  it('hides messages from a viewer, with a note on who has access', async () => {
    server.on('GET /api/me', viewer());
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('tab', { name: 'Sent' }));
    expect(screen.getByText(/Messages contain personal data\./)).toBeTruthy();
    expect(server.to(CONTENT)).toHaveLength(0);
    expect(screen.getByRole('button', { name: 'Resend' }).getAttribute('aria-disabled')).toBe('true');
  });

  it('is resent with one click, and shows the new state', async () => {
    server.on('POST /api/recruiter/deliveries/d1/resend', () => {
      server.on(ONE, failedDelivery({ status: 'waiting', next_attempt_at: new Date().toISOString() }));
      return json(delivery({ status: 'waiting' }), 202);
    });
    const { user } = showApp(`${PATH}?delivery=d1`);
    const drawer = await screen.findByRole('dialog');
    await user.click(await within(drawer).findByRole('button', { name: 'Resend' }));
    expect(await within(drawer).findByText('It has not been sent yet.')).toBeTruthy();
    expect(server.to('POST /api/recruiter/deliveries/d1/resend')).toHaveLength(1);
  });

  it('names the planned try that Send now replaces', async () => {
    const at = new Date(Date.now() + 600_000).toISOString();
    server.on(ONE, failedDelivery({ status: 'retrying', next_attempt_at: at }));
    showApp(`${PATH}/d1`);
    expect(
      await screen.findByRole('button', { name: /^Send now \(instead of ([A-Z][a-z]{2} )?\d\d:\d\d\)$/ }),
    ).toBeTruthy();
    expect(screen.getByText(/We try again at .* \(try 3 of 4\)\./)).toBeTruthy();
  });

  it('that is too old or not ours is not found', async () => {
    server.on(ONE, () => problem(404, 'not_found'));
    showApp(`${PATH}/d1`);
    expect(await screen.findByText('Delivery not found.')).toBeTruthy();
  });
});
