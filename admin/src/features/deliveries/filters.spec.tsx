import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor } from '@testing-library/react';
import { accessibilityProblems } from '../../test/accessibility';
import { FakeServer, owner } from '../../test/fake-server';
import { catalogue, counts, delivery, failureGroups, webhook } from '../../test/samples';
import { showApp } from '../../test/show-app';

/* One line; the fields unfold below it. */

const PATH = '/recruiter/api/deliveries';

beforeEach(() => {
  new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null })
    .on('GET /api/recruiter/failure-groups', failureGroups())
    .on('GET /api/recruiter/deliveries/counts', { ...counts, failed: { count: 3, capped: false } })
    .on('GET /api/recruiter/deliveries', { data: [delivery()], next_cursor: null });
});

const FIELDS = ['Webhook', 'Event', 'Answer', 'Time', 'Tests'];
const fields = () => FIELDS.filter((label) => screen.queryByLabelText(label) !== null);

describe('the filters', () => {
  it('are behind a button, which says whether they are open', async () => {
    const { user } = showApp(PATH);
    const button = await screen.findByRole('button', { name: 'Filters' });
    expect(button.getAttribute('aria-expanded')).toBe('false');
    expect(fields()).toEqual([]);
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(button);
    expect(button.getAttribute('aria-expanded')).toBe('true');
    expect(fields()).toEqual(FIELDS);
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(button);
    expect(fields()).toEqual([]);
  });

  it('open with F, which then moves the focus into them', async () => {
    const { user } = showApp(PATH);
    const button = await screen.findByRole('button', { name: 'Filters' });
    await user.keyboard('f');
    expect(button.getAttribute('aria-expanded')).toBe('true');
    await user.keyboard('f');
    expect(document.activeElement).toBe(screen.getByLabelText('Webhook'));
  });

  it('show the active conditions while they are closed, each with a button to remove it', async () => {
    const { user, history } = showApp(`${PATH}?status=failed&q=A-1042&webhook_id=w1&event=offer.*&period=24h`);
    const conditions = () =>
      screen.queryAllByRole('button', { name: /^Remove the condition/ }).map((b) => b.textContent);
    await waitFor(() => expect(conditions()).toEqual(['Payroll sync', 'All offer events', 'Last 24 hours']));
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Remove the condition: Last 24 hours' }));
    await waitFor(() => expect(history.location.search).not.toContain('period'));
    await user.click(screen.getByRole('button', { name: 'Filters' }));
    expect([conditions(), fields()]).toEqual([[], FIELDS]);
    await user.click(screen.getByRole('button', { name: 'Clear filters' }));
    await waitFor(() => expect(history.location.search).toBe(''));
    expect(fields()).toEqual(FIELDS);
  });

  it('keep the state visible', async () => {
    const { user, history } = showApp(PATH);
    await screen.findByRole('button', { name: 'Filters' });
    await user.click(await screen.findByRole('button', { name: /^Failed/ }));
    await waitFor(() => expect(history.location.search).toBe('?status=failed'));
    expect(screen.getByRole('button', { name: /^Failed/ }).getAttribute('aria-pressed')).toBe('true');
  });
});
