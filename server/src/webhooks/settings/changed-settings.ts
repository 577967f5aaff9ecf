import { isDeepStrictEqual } from 'node:util';
import { fieldError } from '../../lib/app-error.js';
import { foldEmail } from '../../lib/email.js';
import type { Webhook } from '../model/webhook.entity.js';
import type { CreateWebhook, UpdateWebhook } from './webhooks.dto.js';

/** A stored webhook, opened. */
export interface StoredSettings {
  webhook: Webhook;
  /** null: it has none, or it does not decrypt. */
  url: string | null;
  /** null: they do not decrypt. */
  headers: Record<string, string> | null;
  recipients: readonly string[];
}

/**
 * The settings in `asked` that differ from the stored ones, as a change. `headers` are taken as a whole, and go along
 * with a new address, which otherwise drops them. Throws AppError validation_failed when the kind differs.
 */
export function changedSettings(
  asked: CreateWebhook,
  { webhook, url, headers, recipients }: StoredSettings,
): UpdateWebhook {
  if ((asked.kind ?? webhook.kind) !== webhook.kind)
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
  const { style, ...rest } = plain(asked) as Omit<CreateWebhook, 'style'> & { style?: object };
  const wanted: Partial<typeof stored> = {
    ...rest,
    events: [...new Set(asked.events)],
    recipients: asked.recipients && [...new Set(asked.recipients.map(foldEmail))].toSorted(),
    style: style && { ...webhook.style, ...style },
    conditions: asked.conditions === undefined ? undefined : (asked.conditions ?? []),
    description: asked.description?.trim(),
  };
  const names = (Object.keys(stored) as (keyof typeof stored)[]).filter(
    (name) => asked[name] !== undefined && !isDeepStrictEqual(plain(wanted[name]), plain(stored[name])),
  );
  const changed: UpdateWebhook = Object.fromEntries(names.map((name) => [name, asked[name]]));
  const moved = names.includes('url');
  if (asked.headers && (moved || !isDeepStrictEqual(folded(asked.headers), headers && folded(headers)))) {
    const gone = Object.keys(headers ?? {}).map((name) => [name, null] as const);
    changed.headers = { ...Object.fromEntries(gone), ...asked.headers };
  }
  return changed;
}

/** Without classes and absent fields, so that equal values are equal. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

const folded = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
