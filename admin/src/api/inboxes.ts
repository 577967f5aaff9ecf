import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import { liveState, mustPoll } from './live/live-state';
import type { Inbox, InboxMessage } from './types';
import { webhookKeys } from './webhooks';

/** Polling pace just after a message was sent to the inbox on screen. */
const POLL_MS = 3_000;

/** Polling pace while the stream is up: it reports our own deliveries, but not what others send to the inbox. */
const CALM_POLL_MS = 15_000;

/** Creates an address hosted by BPOC that shows what arrives. */
export function createInbox(): Promise<Inbox> {
  return dataOf(api.POST('/api/recruiter/inboxes'));
}

/** What arrived, newest first. Under the keys of webhooks, so that a test refetches both. */
export const inboxMessagesQuery = (id: string) =>
  queryOptions({
    queryKey: [...webhookKeys.allInboxes, id] as const,
    queryFn: async ({ signal }): Promise<InboxMessage[]> =>
      (await dataOf(api.GET('/api/recruiter/inboxes/{id}/messages', { params: { path: { id } }, signal }))).data,
    refetchInterval: () => (mustPoll() ? POLL_MS : liveState.get() === 'live' ? CALM_POLL_MS : false),
  });

/** One complete message; the list omits large parts. */
export const inboxMessageQuery = (inboxId: string, { id, left_out }: InboxMessage) =>
  queryOptions({
    queryKey: [...webhookKeys.allInboxes, inboxId, id] as const,
    queryFn: ({ signal }): Promise<InboxMessage> =>
      dataOf(
        api.GET('/api/recruiter/inboxes/{id}/messages/{message}', {
          params: { path: { id: inboxId, message: id } },
          signal,
        }),
      ),
    enabled: left_out,
  });

export async function emptyInbox(id: string): Promise<void> {
  await dataOf(api.DELETE('/api/recruiter/inboxes/{id}/messages', { params: { path: { id } } }));
}
