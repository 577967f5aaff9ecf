import { isDeepStrictEqual } from 'node:util';
import { fieldError } from '../../lib/app-error.js';
import { foldEmail } from '../../lib/email.js';
import type { Webhook } from '../model/webhook.entity.js';
import type { CreateWebhook, UpdateWebhook } from './webhooks.dto.js';

/** A stored webhook with its encrypted columns decrypted. */
export interface StoredSettings {
  webhook: Webhook;
  /** null: it has none, or it cannot be decrypted. */
  url: string | null;
  /** null: they cannot be decrypted. */
  headers: Record<string, string> | null;
  recipients: readonly string[];
}

/**
 * The settings in `input` that differ from the stored ones, as a change. `headers` are compared as a whole, and are
 * included with a new address, which would otherwise drop them. Throws AppError validation_failed if the kind differs.
 */
export function changedSettings(
  input: CreateWebhook,
  { webhook, url, headers, recipients }: StoredSettings,
): UpdateWebhook {
  if ((input.kind ?? webhook.kind) !== webhook.kind)
    throw fieldError('kind', 'fixed', `The webhook with this key is of kind ${webhook.kind}, which cannot change.`);
  const stored: Record<keyof Omit<UpdateWebhook, 'is_active' | 'headers'>, unknown> = {
    url,
    events: webhook.events,
    recipients: recipients.toSorted(),
    style: webhook.style,
    content: webhook.content ?? 'full',
    pace: webhook.pace,
    conditions: webhook.conditions ?? [],
    description: webhook.description,
    retry_plan: webhook.retryPlan,
    traceparent: webhook.traceparent,
  };
  const { style, ...rest } = plain(input) as Omit<CreateWebhook, 'style'> & { style?: object };
  const wanted: Partial<typeof stored> = {
    ...rest,
    events: [...new Set(input.events)],
    recipients: input.recipients && [...new Set(input.recipients.map(foldEmail))].toSorted(),
    style: style && { ...webhook.style, ...style },
    conditions: input.conditions === undefined ? undefined : (input.conditions ?? []),
    description: input.description?.trim(),
  };
  const names = (Object.keys(stored) as (keyof typeof stored)[]).filter(
    (name) => input[name] !== undefined && !isDeepStrictEqual(plain(wanted[name]), plain(stored[name])),
  );
  const changed: UpdateWebhook = Object.fromEntries(names.map((name) => [name, input[name]]));
  const moved = names.includes('url');
  if (input.headers && (moved || !isDeepStrictEqual(folded(input.headers), headers && folded(headers)))) {
    const gone = Object.keys(headers ?? {}).map((name) => [name, null] as const);
    changed.headers = { ...Object.fromEntries(gone), ...input.headers };
  }
  return changed;
}

/** As plain JSON, without classes and absent fields, so that equal values compare as equal. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

const folded = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
