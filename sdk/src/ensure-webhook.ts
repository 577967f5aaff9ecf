import { currentConfiguration, settingsOf, type WebhooksConfiguration } from './configuration.js';
import { send } from './http-transport.js';
import type { components } from './schema.gen.js';

/** The settings of a webhook, named as in the API; omitted ones stay as they are. */
export type WebhookToEnsure = components['schemas']['CreateWebhook'] & {
  /** Your name for it, unique in the agency: 1 to 128 letters, digits and `. _ : -`. */
  key: string;
};

/** The webhook. `secret` is null unless this call created it: store it. */
export type EnsuredWebhook = components['schemas']['EnsuredWebhook'];

/**
 * Creates the agency's webhook with this key, or updates it: call it in every deployment. An equal call changes
 * nothing. Retries like publishing; the secret is not lost if an answer is.
 *
 * `configuration.token` is an API key of the agency with the role admin; default: BPOC_API_KEY. Other settings default
 * to those of `configureWebhooks`. Rejects with PublishError and the server's code (`validation_failed`,
 * `too_many_webhooks` …).
 */
export async function ensureWebhook(
  { key, ...settings }: WebhookToEnsure,
  configuration: WebhooksConfiguration = {},
): Promise<EnsuredWebhook> {
  const path = `/api/recruiter/webhooks/by-key/${encodeURIComponent(key)}`;
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const request = { method: 'PUT', headers, body: JSON.stringify(settings), done: [200, 201] } as const;
  const server = { ...currentConfiguration(), token: undefined, ...configuration };
  return (await send(request, settingsOf(server, { path, variable: 'BPOC_API_KEY' }))) as EnsuredWebhook;
}
