import type { Page } from 'playwright-core';
import type { LogOwner } from './agencies.js';
import type { Samples } from './asking.js';

/* How people use the filters of the list, through its controls. */

export interface Step {
  /** Which control; a walk uses each once. */
  control: 'status' | 'webhook' | 'event' | 'answer' | 'time' | 'tests' | 'search';
  name: string;
  /** Steps before the change, such as typing. */
  prepare?: (page: Page) => Promise<unknown>;
  /** The press, click or choice that changes the list. */
  act: (page: Page) => Promise<unknown>;
  /** Removes the filter again. */
  undo: (page: Page) => Promise<unknown>;
}

const CHIPS = ['Delivered', 'Retrying', 'Failed', 'Waiting', 'Skipped', 'Cancelled'];
const EVENTS = [
  ...[
    'application.*',
    'interview.*',
    'offer.*',
    'video.*',
    'placement.*',
    'application.created',
    'interview.completed',
  ],
  ...['video.transcript.completed', 'offer.accepted', 'offer.rejected', 'placement.created'],
];

export function stepsOf({ webhooks }: LogOwner, samples: Samples): Step[] {
  return [
    ...CHIPS.map(chip),
    ...webhooks.map(({ id, description }) => choice('webhook', 'Webhook', id, description)),
    ...EVENTS.map((event) => choice('event', 'Event', event)),
    ...['2xx', '3xx', '4xx', '5xx', 'none'].map((answer) => choice('answer', 'Answer', answer)),
    ...['503', '404', '202', '418'].map(exactCode),
    ...['24h', '7d', '30d'].map((period) => choice('time', 'Time', period)),
    ...[1, 6, 13, 20, 26].map(dayBefore),
    ...['any', 'only'].map((tests) => choice('tests', 'Tests', tests)),
    ...[samples.application, samples.candidate, samples.job, samples.deliveryId, samples.eventId].map(search),
    ...['hired', 'offer', 'A-0000', 'nothing like it'].map(search),
  ];
}

function chip(name: string): Step {
  const press = (page: Page, label: string) =>
    page.getByRole('group', { name: 'Status' }).getByRole('button', { name: label }).click();
  return { control: 'status', name, act: (page) => press(page, name), undo: (page) => press(page, 'All') };
}

function choice(control: Step['control'], label: string, value: string, name = value): Step {
  const choose = (page: Page, chosen: string) =>
    page.getByRole('combobox', { name: label, exact: true }).selectOption(chosen);
  return { control, name: `${label}: ${name}`, act: (page) => choose(page, value), undo: (page) => choose(page, '') };
}

function exactCode(code: string): Step {
  const answer = choice('answer', 'Answer', 'exact');
  return {
    ...answer,
    name: `Answer: ${code}`,
    prepare: async (page) => {
      await answer.act(page);
      await page.getByLabel('Exact answer code').fill(code);
    },
    act: (page) => page.keyboard.press('Enter'),
  };
}

const DAY_MS = 86_400_000;

/** A range: one day some days ago. */
function dayBefore(days: number): Step {
  const range = choice('time', 'Time', 'range');
  const field = (back: number) => {
    const date = new Date(Date.now() - back * DAY_MS);
    return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  return {
    ...range,
    name: `Time: a day, ${days} days ago`,
    prepare: async (page) => {
      await range.act(page);
      await page.getByLabel('From', { exact: true }).fill(field(days + 1));
      await page.getByLabel('To', { exact: true }).fill(field(days));
    },
    act: (page) => page.getByRole('button', { name: 'Show', exact: true }).click(),
    undo: (page) => page.getByRole('button', { name: /^Remove the condition/ }).click(),
  };
}

function search(text: string): Step {
  const field = (page: Page) => page.getByRole('searchbox');
  return {
    control: 'search',
    name: `Search: ${text}`,
    prepare: (page) => field(page).fill(text),
    act: (page) => field(page).press('Enter'),
    undo: (page) => field(page).fill(''),
  };
}

/** Reproducible pseudo-random numbers from 0 to 1. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Walks of one to three steps with different controls; each step begins one walk. */
export function walksOf(steps: readonly Step[], luck: () => number): Step[][] {
  const any = (from: readonly Step[]): Step => from[Math.floor(luck() * from.length)]!;
  const order = steps.map((step) => ({ step, at: luck() })).toSorted((a, b) => a.at - b.at);
  return order.map(({ step }) => {
    const walk = [step];
    for (const chance of [0.75, 0.5]) {
      const others = steps.filter(({ control }) => !walk.some((taken) => taken.control === control));
      if (luck() < chance) walk.push(any(others));
      else break;
    }
    return walk;
  });
}
