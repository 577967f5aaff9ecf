/**
 * @jest-environment-options {"timeZone": "Europe/Berlin"}
 */
import { expect, it } from '@jest/globals';
import { fireEvent, render, screen } from '@testing-library/react';
import { UiProvider } from '../../../ui/ui-provider';
import type { ListSearch } from './filter';
import { TimeRange } from './time-filter';

/* Berlin, where 2 to 3 o'clock came twice on 25 October 2026: from 00:00 and from 01:00 UTC. */

function shown(search: ListSearch) {
  const changes: ListSearch[] = [];
  render(<TimeRange search={search} onChange={(change) => changes.push(change)} />, { wrapper: UiProvider });
  const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);
  const type = (label: string, value: string) => fireEvent.change(field(label), { target: { value } });
  const show = (): ListSearch | undefined => {
    fireEvent.click(screen.getByRole('button', { name: 'Show' }));
    return changes.at(-1);
  };
  return { field, type, show };
}

it.each(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'])(
  'keeps the instant %s that was not touched',
  (from) => {
    const { field, type, show } = shown({ from });
    expect(field('From').value).toBe('2026-10-25T02:30');
    type('To', '2026-10-25T12:00');
    expect(show()).toEqual({ period: undefined, from, to: '2026-10-25T11:00:00.000Z' });
  },
);

it('covers both hours when both ends are typed within the hour that occurs twice', () => {
  const { type, show } = shown({});
  type('From', '2026-10-25T02:30');
  type('To', '2026-10-25T02:30');
  expect(show()).toMatchObject({ from: '2026-10-25T00:30:00.000Z', to: '2026-10-25T01:30:00.000Z' });
});

it('takes a range that goes backwards on the clock but not in time', () => {
  const range = { from: '2026-10-25T00:45:00.000Z', to: '2026-10-25T01:15:00.000Z' };
  expect(shown(range).show()).toEqual({ period: undefined, ...range });
  expect(screen.queryByText('This must be after From.')).toBeNull();
});

it('refuses one that goes backwards, and accepts a time that was skipped in spring', () => {
  const { type, show } = shown({ from: '2026-10-25T01:30:00.000Z' });
  type('To', '2026-10-25T02:00');
  type('From', '2026-10-25T03:00');
  expect(show()).toBeUndefined();
  expect(screen.getByText('This must be after From.')).toBeTruthy();
  type('From', '2026-03-29T02:30');
  expect(show()).toMatchObject({ from: '2026-03-29T01:30:00.000Z' });
});
