import type { OpenAPIObject } from '@nestjs/swagger';
import { alertBody } from '../webhooks/alerts/alert-message.js';
import { ALERT_KINDS, type AlertKind } from '../webhooks/alerts/alert.entity.js';
import { REASONS } from '../webhooks/model/reasons.js';
import { OFF_REASONS } from '../webhooks/settings/webhook-response.dto.js';
import type { Schemas } from './default-descriptions.js';
import { AN_ID } from './examples.js';

/* The messages to alert URLs in the API description. The examples are rendered by the same code as real messages. */

type Webhooks = NonNullable<OpenAPIObject['webhooks']>;

const FAILING_SINCE = '2026-01-22T10:30:00.000Z';
const SWITCHES_OFF_AT = '2026-01-27T10:30:00.000Z';

const KINDS: Record<AlertKind, { title: string; sentWhen: string; at: string }> = {
  paused: {
    title: 'A webhook is paused',
    sentWhen: 'Sent to the alert URL when a webhook failed without a break and is paused.',
    at: '2026-01-22T10:35:00.000Z',
  },
  switch_off_soon: {
    title: 'A webhook will be switched off',
    sentWhen: 'Sent to the alert URL when a webhook has failed for 4 days: in one more day it is switched off.',
    at: '2026-01-26T10:30:00.000Z',
  },
  switched_off: {
    title: 'A webhook was switched off',
    sentWhen:
      'Sent to the alert URL when a webhook was switched off because it failed for 5 days or answered 410; ' +
      'not when a person did it.',
    at: SWITCHES_OFF_AT,
  },
  recovered: {
    title: 'A webhook works again',
    sentWhen: 'Sent to the alert URL at the first success after one of the first two.',
    at: '2026-01-22T11:02:00.000Z',
  },
  conditions_outdated: {
    title: 'A condition no longer works',
    sentWhen:
      'Sent to the alert URL when this server was updated and a condition of the webhook is about a field or an ' +
      'event type that there is no longer.',
    at: '2026-01-22T12:00:00.000Z',
  },
};

const time = (description: string) => ({ type: ['string', 'null'], format: 'date-time', description });

export function alertSchemas(): Schemas {
  const properties: Schemas = {
    webhook_id: { type: 'string', format: 'uuid', description: 'The webhook that it is about.' },
    webhook_url: { type: ['string', 'null'], format: 'uri', description: 'Its address; null: it sends emails.' },
    description: { type: 'string', description: 'Its description; empty when it has none.' },
    reason: {
      type: ['string', 'null'],
      enum: [...REASONS, null],
      description: 'Why the last attempt failed; null once it works.',
    },
    response_status: { type: ['integer', 'null'], description: 'Of the last answer; null: there was none.' },
    failing_since: time('First failure after the last success; null once it works.'),
    switches_off_at: time('When it is switched off unless it answers; null where that is not to come.'),
    off_reason: {
      type: ['string', 'null'],
      enum: [...OFF_REASONS, null],
      description: 'Why it is off; null: it is on.',
    },
    conditions: {
      type: 'array',
      items: {
        type: 'object',
        properties: { event: { type: 'string' }, field: { type: ['string', 'null'] } },
        required: ['event', 'field'],
      },
      description: 'Only of `webhook.conditions_outdated`: what no longer exists; field null: the event type.',
    },
    admin_url: {
      type: ['string', 'null'],
      format: 'uri',
      description: 'The webhook in the app; null where the server does not know its own address.',
    },
  };
  const required = Object.keys(properties).filter((name) => name !== 'conditions');
  return { WebhookAlert: { type: 'object', properties, required } };
}

/** The messages by event type. `headers`: name, example and description of their headers. */
export function alertWebhooks(headers: [name: string, example: string, description: string][]): Webhooks {
  const parameters = headers.map(([name, example, description]) => ({
    name,
    in: 'header' as const,
    required: true,
    description:
      name === 'webhook-id' ? 'The alert: the same when it is sent again. Drop what you have seen.' : description,
    schema: { type: 'string' as const },
    example,
  }));
  return Object.fromEntries(ALERT_KINDS.map((kind) => [`webhook.${kind}`, { post: operation(kind, parameters) }]));
}

function operation(kind: AlertKind, parameters: NonNullable<NonNullable<Webhooks[string]['post']>['parameters']>) {
  const { title, sentWhen } = KINDS[kind];
  const properties = {
    event: { type: 'string' as const, enum: [`webhook.${kind}`], description: 'What happened to the webhook.' },
    timestamp: { type: 'string' as const, format: 'date-time', description: 'When it was noticed.' },
    data: { description: 'The webhook, as it stood then.', allOf: [{ $ref: '#/components/schemas/WebhookAlert' }] },
  };
  const schema = { type: 'object' as const, required: Object.keys(properties), properties };
  return {
    operationId: `alert_${kind}`,
    summary: title,
    description: sentWhen,
    tags: ['messages'],
    security: [],
    parameters,
    requestBody: { required: true, content: { 'application/json': { schema, example: exampleOf(kind) } } },
    responses: {
      '2XX': { description: 'Received.' },
      default: { description: 'Not received: sent again after 1 minute, doubling to an hour, for 24 hours.' },
    },
  };
}

function exampleOf(kind: AlertKind): object {
  const works = kind === 'recovered' || kind === 'conditions_outdated';
  const goesOff = kind === 'paused' || kind === 'switch_off_soon';
  const alert = {
    id: AN_ID,
    webhookId: AN_ID,
    version: 1,
    kind,
    channel: 'url' as const,
    target: '',
    createdAt: new Date(KINDS[kind].at),
    attempts: 1,
    facts: {
      description: 'Payroll sync',
      url: 'https://hooks.payroll.example/bpoc',
      reason: works ? null : 'down',
      response_status: works ? null : 503,
      failing_since: works ? null : FAILING_SINCE,
      switches_off_at: goesOff ? SWITCHES_OFF_AT : null,
      off_reason: kind === 'switched_off' ? 'failing_5_days' : null,
      ...(kind === 'conditions_outdated' && {
        conditions: [{ event: 'application.status_changed', field: 'oldStatus' }],
      }),
    },
  };
  const link = `https://webhooks.example.org/recruiter/api/webhooks/${AN_ID}`;
  return JSON.parse(alertBody(alert, link)) as object;
}
