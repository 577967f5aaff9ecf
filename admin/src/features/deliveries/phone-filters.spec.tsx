import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { act, screen, waitFor } from '@testing-library/react';
import { accessibilityProblems } from '../../test/accessibility';
import { FakeServer, owner } from '../../test/fake-server';
import { catalogue, counts, delivery, failureGroups, webhook } from '../../test/samples';
import { showApp } from '../../test/show-app';

/* Where five fields side by side would leave no room for the list, a button holds them. */

const PATH = '/recruiter/api/deliveries';
const NARROW = '(max-width: 640px)';

let setNarrow: (narrow: boolean) => void;

/** jsdom has no layout: the width is this value. */
function playWindow(): void {
  const asked = globalThis.matchMedia;
  const listeners = new Set<() => void>();
  let narrow = true;
  setNarrow = (next) => {
    narrow = next;
    for (const listener of listeners) listener();
  };
  jest.spyOn(globalThis, 'matchMedia').mockImplementation((query) => {
    if (query !== NARROW) return asked(query);
    return Object.assign(asked(query), {
      matches: narrow,
      addEventListener: (_name: string, listener: () => void) => listeners.add(listener),
      removeEventListener: (_name: string, listener: () => void) => listeners.delete(listener),
    });
  });
}

beforeEach(() => {
  playWindow();
  new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null })
    .on('GET /api/recruiter/failure-groups', failureGroups())
    .on('GET /api/recruiter/deliveries/counts', counts)
    .on('GET /api/recruiter/deliveries', { data: [delivery()], next_cursor: null });
});

const FIELDS = ['Webhook', 'Event', 'Answer', 'Time', 'Tests'];
const fields = () => FIELDS.filter((label) => screen.queryByLabelText(label) !== null);

describe('the filters on a phone', () => {
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

  it('open at F, too, which then leads into them', async () => {
    const { user } = showApp(PATH);
    const button = await screen.findByRole('button', { name: 'Filters' });
    await user.keyboard('f');
    expect(button.getAttribute('aria-expanded')).toBe('true');
    await user.keyboard('f');
    expect(document.activeElement).toBe(screen.getByLabelText('Webhook'));
  });

  it('count what they hide: fields, not the search or the state that are in sight', async () => {
    const { user, history } = showApp(`${PATH}?status=failed&q=A-1042&webhook_id=w1&period=24h`);
    const button = await screen.findByRole('button', { name: 'Filters (2)' });
    await user.click(button);
    await user.selectOptions(screen.getByLabelText('Time'), 'Any time');
    expect(await screen.findByRole('button', { name: 'Filters (1)' })).toBe(button);
    await user.click(screen.getByRole('button', { name: 'Clear filters' }));
    await waitFor(() => expect(history.location.search).toBe(''));
    expect(await screen.findByRole('button', { name: 'Filters' })).toBe(button);
    expect(fields()).toEqual(FIELDS);
  });

  it('stand open without a button when the window becomes wide', async () => {
    showApp(PATH);
    await screen.findByRole('button', { name: 'Filters' });
    act(() => setNarrow(false));
    expect(fields()).toEqual(FIELDS);
    expect(screen.queryByRole('button', { name: 'Filters' })).toBeNull();
  });

  it('leave the state in sight', async () => {
    const { user, history } = showApp(PATH);
    await screen.findByRole('button', { name: 'Filters' });
    await user.click(screen.getByRole('button', { name: /^Failed/ }));
    await waitFor(() => expect(history.location.search).toBe('?status=failed'));
    expect(screen.getByRole('button', { name: /^Failed/ }).getAttribute('aria-pressed')).toBe('true');
  });
});
