import type { OpenAPIObject } from '@nestjs/swagger';
import { dataSchema, EVENT_DEFINITIONS, exampleData, type EventDefinition } from './events/catalogue/catalogue.js';

/* The messages that receivers get, as the `webhooks` section of the API description; all of it follows from the event catalogue. */

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Webhooks = NonNullable<OpenAPIObject['webhooks']>;

const EXAMPLE_TIMESTAMP = '2026-01-22T10:30:00.000Z';

/** Name, example and meaning of the headers of every message. */
const HEADERS: [name: string, example: string, description: string][] = [
  [
    'x-webhook-signature',
    'sha256=5257a869e7ecebeda32affa62cdca3fa…',
    'Hex HMAC-SHA256 of the raw body; the key is the whole secret, `whsec_` included.',
  ],
  ['x-webhook-event', 'application.created', 'The event type.'],
  ['x-webhook-delivery', '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21', 'The delivery: the same on every retry and resend.'],
  ['x-webhook-attempt', '1', 'How often this delivery was sent, this time included.'],
  [
    'webhook-id',
    '0190f3c6-7c1e-7b3a-8d52-1f0a4c6b8e20',
    'The event: the same on every retry and for every webhook. Drop what you have seen.',
  ],
  ['webhook-timestamp', '1769077800', 'Unix seconds of this attempt.'],
  [
    'webhook-signature',
    'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
    'Standard Webhooks signature of `<webhook-id>.<webhook-timestamp>.<raw body>`; several, separated by spaces, while the secret is changing.',
  ],
];

/** Schemas of the data of each event, by the name of its class. */
export function messageSchemas(): Schemas {
  return Object.fromEntries(EVENT_DEFINITIONS.map((definition) => [definition.dataClass.name, schemaOf(definition)]));
}

/** Receivers must put up with new fields, so the message allows them where publishing does not. */
function schemaOf(definition: EventDefinition): Schemas[string] {
  const { $schema: _, additionalProperties: __, ...schema } = dataSchema(definition) as Record<string, unknown>;
  return schema;
}

export function messageWebhooks(): Webhooks {
  return Object.fromEntries(EVENT_DEFINITIONS.map((definition) => [definition.type, { post: operation(definition) }]));
}

function operation(definition: EventDefinition): NonNullable<Webhooks[string]['post']> {
  const { type, title, sentWhen, dataClass } = definition;
  return {
    operationId: `message_${dataClass.name}`,
    summary: title,
    description: sentWhen,
    tags: ['messages'],
    // The signature is what proves it; OpenAPI has no word for that.
    security: [],
    parameters: HEADERS.map(([name, example, description]) => ({
      name,
      in: 'header',
      required: true,
      description,
      schema: { type: 'string' },
      example: name === 'x-webhook-event' ? type : example,
    })),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: messageSchema(definition),
          example: { event: type, timestamp: EXAMPLE_TIMESTAMP, data: exampleData(definition) },
        },
      },
    },
    responses: {
      '2XX': { description: 'Received. Answer within 10 seconds; do the work afterwards.' },
      '410': { description: 'Nobody wants this any more: the webhook is switched off.' },
      default: {
        description:
          'Not received: sent again after 1, 5 and 30 minutes, or later as the retry plan of the webhook says.',
      },
    },
  };
}

function messageSchema({ type, dataClass }: EventDefinition): Schemas[string] {
  return {
    type: 'object',
    required: ['event', 'timestamp', 'data'],
    properties: {
      event: { type: 'string', enum: [type] },
      timestamp: { type: 'string', format: 'date-time', description: 'When it happened.' },
      data: { $ref: `#/components/schemas/${dataClass.name}` },
    },
  };
}
