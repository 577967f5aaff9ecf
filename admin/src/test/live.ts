import { expect, jest } from '@jest/globals';
import { act, screen, waitFor } from '@testing-library/react';
import { setPaused } from '../api/live/live-state';
import type { LiveDelivery } from '../api/live/messages';
import { agencyServer } from './agency-server';
import type { FakeServer } from './fake-server';
import { FakeStream } from './fake-stream';
import { delivery } from './samples';

/* The setup of tests of live updates: a webhook, a delivery that is retried, and a stream that reports it. */

export const DELIVERIES = '/recruiter/api/deliveries';
export const WEBHOOKS = '/recruiter/api/webhooks';
export const LIST = 'GET /api/recruiter/deliveries';

/** Ids rise with time: `b` is newer than `a`. */
export const OLD = '019be54f-0040-7000-8000-00000000000a';
export const NEW = '019be54f-0041-7000-8000-00000000000b';
export const NEWER = '019be54f-0042-7000-8000-00000000000c';

/** Debounced requests come after 3 s. */
export const LIVE_TIMEOUT = { timeout: 15_000 };

/** Before each test; `endLive` after it. */
export function beginLive(): FakeServer {
  FakeStream.install();
  return agencyServer().on(LIST, {
    data: [delivery({ id: OLD, status: 'retrying', response_status: 503 })],
    next_cursor: null,
  });
}

export function endLive(): void {
  jest.useRealTimers();
  FakeStream.uninstall();
  setPaused(false);
}

/** The delivery as the stream reports it: by now it has arrived. */
export function live(more: Partial<LiveDelivery> = {}): LiveDelivery {
  return {
    id: OLD,
    webhook_id: 'w1',
    event: 'application.created',
    status: 'delivered',
    response_status: 200,
    reason: 'ok',
    attempts: 2,
    next_attempt_at: null,
    duration_ms: 77,
    test: false,
    ...more,
  };
}

/** The stream that the app has opened, once the server has answered. */
export async function connected(): Promise<FakeStream> {
  await waitFor(() => expect(FakeStream.open).toHaveLength(1));
  const stream = FakeStream.open[0]!;
  act(() => stream.connect());
  return stream;
}

/** The text of a delivery's row. */
export function row(name = 'New application'): string | null | undefined {
  return screen.getByRole('link', { name }).closest('[role=row]')?.textContent;
}

/** An id of a delivery created at that time. */
export function idAt(time: number, end: string): string {
  return `${time.toString(16).padStart(12, '0').replace(/^.{8}/, '$&-')}-7000-8000-00000000000${end}`;
}
