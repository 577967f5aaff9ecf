import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { agencyServer } from '../../test/agency-server';
import { type FakeServer, json, problem, viewer } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import { content, counts, delivery, failedDelivery, webhookDetail } from '../../test/samples';
import { showApp } from '../../test/show-app';

const PATH = '/recruiter/api/deliveries';
const narrow = globalThis.matchMedia;
const ONE = (id: string) => `GET /api/recruiter/deliveries/${id}`;
const CONTENT = (id: string) => `GET /api/recruiter/deliveries/${id}/content`;

let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  server = agencyServer()
    .on('GET /api/recruiter/deliveries/counts', { ...counts, total: { count: 1_204, capped: false } })
    .on('GET /api/recruiter/deliveries', ({ search }: { search: URLSearchParams }) =>
      search.get('cursor')
        ? json({ data: [delivery({ id: 'd4' })], next_cursor: null })
        : json({
            data: [delivery(), delivery({ id: 'd2', event: 'offer.sent' }), delivery({ id: 'd3' })],
            next_cursor: 'c',
          }),
    );
  for (const id of ['d1', 'd2', 'd3']) server.on(ONE(id), failedDelivery({ id })).on(CONTENT(id), content);
});
afterEach(() => {
  globalThis.matchMedia = narrow;
});

/** A window with room for the drawer beside the list. */
function onWideScreen(): void {
  globalThis.matchMedia = (query) => Object.assign(narrow(query), { matches: query.includes('1200px') });
}

const docked = () => screen.findByRole('complementary', { name: 'Delivery' });
const rowLink = (n: number) => within(screen.getByRole('table')).getAllByRole('link')[n] as HTMLElement;

describe('the drawer beside the list', () => {
  beforeEach(onWideScreen);

  it('shows the position of its delivery in the list, and goes to the next and previous one', async () => {
    const { user, history } = showApp(`${PATH}?delivery=d2`);
    const pager = await within(await docked()).findByRole('group', { name: 'Deliveries of the list' });
    await within(pager).findByText('2 of 1,204');
    await user.click(within(pager).getByRole('button', { name: 'Next delivery' }));
    await waitFor(() => expect(history.location.search).toBe('?delivery=d3'));
    await user.keyboard('kk');
    await waitFor(() => expect(history.location.search).toBe('?delivery=d1'));
    expect(within(pager).getByRole('button', { name: 'Previous delivery' }).getAttribute('aria-disabled')).toBe('true');
    await user.keyboard('k');
    expect(history.location.search).toBe('?delivery=d1');
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('keeps the open tab, and reads no message that is only passed', async () => {
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

  it('moves the focus in the list, and returns it to the row of the last delivery', async () => {
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

  it('goes through the recent deliveries of a webhook too', async () => {
    const recent_deliveries = [delivery(), delivery({ id: 'd2', event: 'offer.sent' })];
    server.on('GET /api/recruiter/webhooks/w1', webhookDetail({ recent_deliveries }));
    const { user, history } = showApp('/recruiter/api/webhooks/w1?delivery=d1');
    await within(await docked()).findByText('1 of 2');
    await user.keyboard('j');
    await waitFor(() => expect(history.location.search).toBe('?delivery=d2'));
  });

  it('has no pager when the list does not have its delivery', async () => {
    server.on(ONE('d9'), failedDelivery({ id: 'd9' }));
    showApp(`${PATH}?delivery=d9`);
    const drawer = await docked();
    await within(drawer).findByRole('button', { name: 'Resend' });
    expect(within(drawer).queryByRole('group', { name: 'Deliveries of the list' })).toBeNull();
  });
});

describe('the recipients of an event', () => {
  const EVENT = 'GET /api/recruiter/events/e1';
  const recipient = (name: string, result: string, status?: string) => ({
    webhook: { ...delivery().webhook, id: name, description: name },
    result,
    left_out_by: null,
    left_out_value: null,
    delivery: status ? { id: status, status, attempts: 1, response_status: 200, reason: 'ok' } : null,
  });
  const open = async () => {
    const { user } = showApp(`${PATH}/d1`);
    await user.click(await screen.findByRole('button', { name: 'Which webhooks got this event?' }));
    return user;
  };

  it('are listed for every webhook, with the reason if it was not sent', async () => {
    const recipients = [
      recipient('Payroll', 'told', 'delivered'),
      recipient('ATS', 'off', 'skipped'),
      recipient('CRM', 'not_subscribed'),
      recipient('Slack', 'created_later'),
      recipient('Old', 'deleted'),
      recipient('Reports', 'subscribed_later'),
      recipient('Wiki', 'not_subscribed'),
      {
        ...recipient('HR', 'conditions'),
        left_out_by: { field: 'newStatus', op: 'is', value: 'hired' },
        left_out_value: 'rejected',
      },
    ];
    server.on(EVENT, { recipients });
    await open();
    const list = await screen.findByRole('list', { name: 'Which webhooks got it' });
    const texts = within(list)
      .getAllByRole('listitem')
      .map((item) => item.textContent);
    expect(texts).toEqual([
      'PayrollDeliveredOpen',
      'ATSNot sent: it was off.SkippedOpen',
      '1 was added laterSlack',
      '1 was deleted beforeOld',
      '1 was not yet subscribedReports',
      '1 did not match: new status is rejected (only when it is hired)HR',
      '2 are not subscribedCRM, Wiki',
    ]);
    expect(screen.getByText(/worked out from the current settings/)).toBeTruthy();
    const link = within(list).getByRole('link', { name: 'Open the delivery to Payroll' });
    expect(link.getAttribute('href')).toBe(`${PATH}/delivered`);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('are loaded on demand, and can be requested again after a failure', async () => {
    server.on(EVENT, () => problem(500, 'internal'));
    const user = await open();
    expect((await screen.findByRole('alert')).textContent).toContain('req-7');
    expect(server.to(EVENT)).toHaveLength(1);
    server.on(EVENT, { recipients: [recipient('Payroll', 'told', 'delivered')] });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('list', { name: 'Which webhooks got it' })).toBeTruthy();
    expect(screen.queryByText(/worked out/)).toBeNull();
  });

  it('are unknown for an event past its retention', async () => {
    server.on(EVENT, () => problem(404, 'not_found'));
    await open();
    expect(await screen.findByText(/This is no longer known/)).toBeTruthy();
  });
});

describe('a pending delivery', () => {
  const CANCEL = 'POST /api/recruiter/deliveries/d1/cancel';
  beforeEach(() => {
    server.on(
      ONE('d1'),
      failedDelivery({ status: 'waiting', next_attempt_at: new Date(Date.now() + 9e5).toISOString() }),
    );
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
    expect(await screen.findByText('Someone cancelled this delivery.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Cancel delivery…' })).toBeNull();
  });

  it('is not cancelled while it is being sent, and says so', async () => {
    server.on(CANCEL, () => problem(409, 'delivery_in_flight', { detail: 'It is being sent right now.' }));
    const { user, dialog, yes } = await ask();
    await user.click(yes);
    expect((await within(dialog).findByRole('alert')).textContent).toContain('It is being sent right now.');
  });

  it('stays as it is when the person changes their mind', async () => {
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
