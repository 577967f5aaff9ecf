import { queryOptions } from '@tanstack/react-query';
import { answerOf, api, dataOf } from './client';
import type {
  ConditionsPreview,
  CreatedWebhook,
  MessagePreview,
  RotatedWebhook,
  TestEvent,
  TestResult,
  Webhook,
  WebhookChange,
  WebhookCondition,
  WebhookDetail,
  WebhookInput,
} from './types';

export const webhookKeys = {
  all: ['webhooks'] as const,
  list: ['webhooks', 'list'] as const,
  ones: ['webhooks', 'one'] as const,
  one: (id: string) => ['webhooks', 'one', id] as const,
  allInboxes: ['webhooks', 'inbox'] as const,
};

export const webhooksQuery = queryOptions({
  queryKey: webhookKeys.list,
  queryFn: async ({ signal }): Promise<Webhook[]> =>
    (await dataOf(api.GET('/api/recruiter/webhooks', { signal }))).data,
});

/** A webhook and its version, which changes send along so that they do not overwrite a colleague's unseen change. */
export interface VersionedWebhook {
  webhook: WebhookDetail;
  etag: string | null;
}

export async function readWebhook(id: string, signal?: AbortSignal): Promise<VersionedWebhook> {
  const more = signal ? { signal } : {};
  const answer = await answerOf(api.GET('/api/recruiter/webhooks/{id}', { params: { path: { id } }, ...more }));
  return { webhook: answer.data, etag: answer.headers.get('etag') };
}

export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: webhookKeys.one(id),
    queryFn: ({ signal }): Promise<VersionedWebhook> => readWebhook(id, signal),
  });

/** @param idempotencyKey the same for every try with the same input: a double click creates one webhook. */
export function createWebhook(input: WebhookInput, idempotencyKey: string): Promise<CreatedWebhook> {
  return dataOf(
    api.POST('/api/recruiter/webhooks', { body: input, params: { header: { 'Idempotency-Key': idempotencyKey } } }),
  );
}

/** @param etag if given, the change is refused (412) if the webhook has changed since it was read. */
export function changeWebhook(id: string, change: WebhookChange, etag?: string | null): Promise<Webhook> {
  const header = etag ? { 'If-Match': etag } : {};
  return dataOf(api.PATCH('/api/recruiter/webhooks/{id}', { params: { path: { id }, header }, body: change }));
}

/**
 * Turns a webhook on or off.
 * @param etag of an earlier answer: switches it off again, which restarts the time to undo it, if it is unchanged.
 */
export async function setWebhookActive(id: string, is_active: boolean, etag?: string | null): Promise<string | null> {
  const params = { path: { id }, header: etag ? { 'If-Match': etag } : {} };
  const { headers } = await answerOf(api.PATCH('/api/recruiter/webhooks/{id}', { params, body: { is_active } }));
  return headers.get('etag');
}

export type PreviewedEvent = Exclude<TestEvent, 'webhook.test'>;

/**
 * The message as it would be sent now. Reading it is audited.
 * @param event by default the first type that the webhook gets
 */
export const previewQuery = (id: string, version: string, event?: PreviewedEvent) =>
  queryOptions({
    queryKey: ['webhooks', 'preview', id, version, event] as const,
    queryFn: ({ signal }): Promise<MessagePreview> => {
      const params = { path: { id }, query: event ? { event } : {} };
      return dataOf(api.GET('/api/recruiter/webhooks/{id}/preview', { params, signal }));
    },
  });

/** Asks an address again that has not answered, unsubscribed or bounced. */
export async function askRecipient(id: string, email: string): Promise<void> {
  await dataOf(api.POST('/api/recruiter/webhooks/{id}/recipients/ask', { params: { path: { id } }, body: { email } }));
}

/** @param etag of an earlier answer: deletes it again, which restarts the time to undo it. */
export async function deleteWebhook(id: string, etag?: string | null): Promise<string | null> {
  const params = { path: { id }, header: etag ? { 'If-Match': etag } : {} };
  return (await answerOf(api.DELETE('/api/recruiter/webhooks/{id}', { params }))).headers.get('etag');
}

/** Restores a deleted webhook; refused (409 undo_over) if that was too long ago. */
export function restoreWebhook(id: string): Promise<Webhook> {
  return dataOf(api.POST('/api/recruiter/webhooks/{id}/restore', { params: { path: { id } } }));
}

export function sendTest(id: string, event: TestEvent): Promise<TestResult> {
  return dataOf(api.POST('/api/recruiter/webhooks/{id}/test', { params: { path: { id } }, body: { event } }));
}

/**
 * Makes a new secret, which only this response contains. Refused (409 secret_overlap) while an older one still signs,
 * unless `overlapSeconds` is 0.
 * @param overlapSeconds how long the old secret keeps signing; 0 ends it at once.
 */
export function rotateSecret(id: string, overlapSeconds: number): Promise<RotatedWebhook> {
  const body = { overlap_seconds: overlapSeconds };
  return dataOf(api.POST('/api/recruiter/webhooks/{id}/secret', { params: { path: { id } }, body }));
}

/** `x-webhook-signature`, which has only one signature, uses the new secret from now on. */
export function switchSecret(id: string): Promise<Webhook> {
  return dataOf(api.POST('/api/recruiter/webhooks/{id}/secret/switch', { params: { path: { id } } }));
}

/** Only the new secret is used from now on. */
export function endPreviousSecret(id: string): Promise<Webhook> {
  return dataOf(api.DELETE('/api/recruiter/webhooks/{id}/secret/previous', { params: { path: { id } } }));
}

/** Which of the last events the conditions would have let through. */
export function previewConditions(
  events: string[],
  conditions: WebhookCondition[],
  signal: AbortSignal,
): Promise<ConditionsPreview> {
  return dataOf(api.POST('/api/recruiter/conditions/preview', { body: { events, conditions }, signal }));
}
