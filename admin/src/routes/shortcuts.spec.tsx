import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor } from '@testing-library/react';
import { accessibilityProblems } from '../test/accessibility';
import { agencyServer } from '../test/agency-server';
import { type FakeServer, json, viewer } from '../test/fake-server';
import { delivery, failedDelivery, webhookDetail } from '../test/samples';
import { showApp } from '../test/show-app';

const WEBHOOKS = '/recruiter/api/webhooks';
const DELIVERIES = '/recruiter/api/deliveries';
const RESEND = 'POST /api/recruiter/deliveries/d2/resend';

describe('keyboard shortcuts', () => {
  let server: FakeServer;

  beforeEach(() => {
    localStorage.clear();
    server = agencyServer()
      .on('GET /api/recruiter/deliveries/d2', failedDelivery({ id: 'd2' }))
      .on('GET /api/recruiter/deliveries', {
        data: [delivery(), delivery({ id: 'd2', event: 'offer.sent', status: 'failed' })],
        next_cursor: null,
      });
  });

  it('lead to the tabs, and open what a button opens', async () => {
    const { user, history } = showApp(WEBHOOKS);
    await screen.findByRole('listitem');
    await user.keyboard('gd');
    await screen.findByRole('heading', { level: 1, name: 'Deliveries' });
    await user.keyboard('gw');
    await screen.findByRole('heading', { level: 1, name: 'Webhooks' });
    await user.keyboard('n');
    await waitFor(() => expect(history.location.pathname).toBe(`${WEBHOOKS}/new`));
  });

  it('search everything: by letters to a webhook, a delivery or a page, and Esc gives the focus back', async () => {
    server.on('GET /api/recruiter/webhooks/w1', webhookDetail());
    const { user, history } = showApp(WEBHOOKS);
    const add = await screen.findByRole('button', { name: 'Add webhook' });
    add.focus();
    await user.keyboard('{Control>}k{/Control}');
    await screen.findByRole('combobox', { name: /^Search webhooks/ });
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('combobox')).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(add));
    await user.keyboard('{Control>}k{/Control}');
    await user.keyboard('payroll');
    const option = await screen.findByRole('option', { name: /^Settings of Payroll sync/ });
    expect(await accessibilityProblems()).toEqual([]);
    await waitFor(() =>
      expect(screen.getAllByRole('option', { name: /^(New application|Offer sent)/ })).toHaveLength(2),
    );
    await user.keyboard('{ArrowDown}{ArrowDown}');
    expect(option.getAttribute('aria-selected')).toBe('true');
    await user.keyboard('{Enter}');
    await waitFor(() => expect(history.location.pathname).toBe(`${WEBHOOKS}/w1/settings`));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(server.to('GET /api/recruiter/deliveries').at(-1)?.search.get('q')).toBe('payroll');
  });

  it('walk the rows, act on the one that has the focus, and open it', async () => {
    server.on(RESEND, () => json(delivery({ id: 'd2', status: 'waiting' }), 202));
    const { user, history } = showApp(DELIVERIES);
    const second = await screen.findByRole('link', { name: 'Offer sent' });
    await user.keyboard('jj');
    expect(document.activeElement).toBe(second);
    await user.keyboard('k');
    expect(document.activeElement).toBe(screen.getByRole('link', { name: 'New application' }));
    await user.keyboard('{ArrowDown}r');
    await waitFor(() => expect(server.to(RESEND)).toHaveLength(1));
    await user.keyboard('{Enter}');
    await waitFor(() => expect(history.location.search).toBe('?delivery=d2'));
  });

  it('go to the search, where letters are letters again', async () => {
    const { user, history } = showApp(DELIVERIES);
    await screen.findByRole('table');
    await user.keyboard('/');
    const field = screen.getByRole<HTMLInputElement>('searchbox');
    expect(document.activeElement).toBe(field);
    await user.keyboard('gwn?');
    expect(field.value).toBe('gwn?');
    expect(history.location.pathname).toBe(DELIVERIES);
  });

  it('are listed at ? and can be switched off and on again there', async () => {
    const { user, history } = showApp(WEBHOOKS);
    await screen.findByRole('listitem');
    await user.keyboard('?');
    await user.click(await screen.findByRole('switch', { name: 'Use single keys' }));
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Close' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.keyboard('n?');
    expect(history.location.pathname).toBe(WEBHOOKS);
    expect(screen.queryByRole('dialog')).toBeNull();
    await user.click(screen.getByRole('button', { name: /^Account/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Keyboard shortcuts' }));
    await user.click(await screen.findByRole('switch', { name: 'Use single keys' }));
    expect(localStorage.getItem('bpoc-shortcuts')).toBeNull();
  });

  it('do nothing that the person is not allowed to do', async () => {
    server.on('GET /api/me', viewer());
    const { user, history } = showApp(WEBHOOKS);
    await screen.findByRole('listitem');
    await user.keyboard('n');
    expect(history.location.pathname).toBe(WEBHOOKS);
  });
});
