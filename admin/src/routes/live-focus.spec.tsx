import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { act, screen, waitFor, within } from '@testing-library/react';
import type { FakeServer } from '../test/fake-server';
import { beginLive, connected, endLive, WEBHOOKS } from '../test/live';
import { failingWebhook, webhook } from '../test/samples';
import { showApp } from '../test/show-app';

const LIST = 'GET /api/recruiter/webhooks';

let server: FakeServer;

beforeEach(() => {
  server = beginLive().on(LIST, { data: [failingWebhook], next_cursor: null });
});
afterEach(endLive);

const attention = async () => within(await screen.findByRole('region', { name: /needs you$/ }));
const focused = () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent;

describe('live updates and the focus in the card of problems', () => {
  it('keep it when a webhook recovers whose failures the list has not loaded yet', async () => {
    const unread = { ...failingWebhook, last_24h: { ...failingWebhook.last_24h, failed: 0 } };
    server.on(LIST, { data: [unread], next_cursor: null });
    showApp(WEBHOOKS);
    const button = (await attention()).getByRole('button', { name: 'More about Payroll sync' });
    act(() => button.focus());
    const stream = await connected();
    await waitFor(() => expect(server.to(LIST).length).toBeGreaterThan(1));
    const { id, is_active, paused_until, held_until, off_reason } = unread;
    const counts_24h = { delivered: 4, failed: 3, failed_attempts: 12, left_out: 0 };
    const fine = { health: 'some_problems' as const, failures_in_a_row: 0 };
    act(() => stream.say('webhook', { id, is_active, paused_until, held_until, off_reason, counts_24h, ...fine }));
    await screen.findByText('Some problems');
    expect(screen.getByRole('region', { name: /needs you$/ })).toBeTruthy();
    expect(document.activeElement).toBe(button);
  });

  it('move the focus next to a removed button, and to the heading when the card disappears', async () => {
    showApp(WEBHOOKS);
    const button = (await attention()).getByRole('button', { name: 'Copy details for developer: Payroll sync' });
    act(() => button.focus());
    const stream = await connected();
    const again = { ...failingWebhook, health: 'some_problems' as const, failures_in_a_row: 0 };
    server.on(LIST, { data: [again], next_cursor: null });
    act(() => stream.say('reset', {}));
    await (await attention()).findByRole('button', { name: 'Resend 42… Payroll sync' });
    await waitFor(() => expect(focused()).toMatch(/Payroll sync$/));
    expect(button.isConnected).toBe(false);
    server.on(LIST, { data: [webhook()], next_cursor: null });
    act(() => stream.say('reset', {}));
    await waitFor(() => expect(focused()).toBe('Webhooks'));
    expect(screen.queryByRole('region', { name: /needs you$/ })).toBeNull();
  });
});
