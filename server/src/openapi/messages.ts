import type { OpenAPIObject } from '@nestjs/swagger';
import type { Schemas } from './default-descriptions.js';
import { AN_ID } from './examples.js';
import { alertSchemas, alertWebhooks } from './alert-messages.js';
import {
  dataSchema,
  EVENT_DEFINITIONS,
  exampleData,
  TEST_EVENT_TYPE,
  type EventDefinition,
} from '../events/catalogue/catalogue.js';
import { TEST_MESSAGE } from '../webhooks/engine/send/test-sender.js';

/* The messages to receivers: the `webhooks` section of the API description, mostly derived from the event catalogue. */

type Webhooks = NonNullable<OpenAPIObject['webhooks']>;

const EXAMPLE_TIMESTAMP = '2026-01-22T10:30:00.000Z';

/** Name, example and description. */
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
    'Standard Webhooks signature of `<webhook-id>.<webhook-timestamp>.<raw body>`; several, separated by spaces, ' +
      'while the secret is changing.',
  ],
];

/** An additional header of tests. */
const TEST_HEADER: (typeof HEADERS)[number] = [
  'x-webhook-test',
  'true',
  'Only there, and `true`, when a person sent it as a test.',
];

/** The schemas of the data of messages, by name. */
export function messageSchemas(): Schemas {
  const events = EVENT_DEFINITIONS.map((definition) => [definition.dataClass.name, schemaOf(definition)] as const);
  return { ...Object.fromEntries(events), TestMessage: TEST_SCHEMA, ...alertSchemas() };
}

const TEST_SCHEMA: Schemas[string] = {
  title: TEST_EVENT_TYPE,
  type: 'object',
  properties: {
    message: { type: 'string', description: 'For people.', example: TEST_MESSAGE },
    webhookId: { type: 'string', format: 'uuid', description: 'The webhook that was tested.', example: AN_ID },
  },
  required: ['message', 'webhookId'],
};

/** Receivers must tolerate new fields, so the schema of a message allows them, although publishing does not. */
function schemaOf(definition: EventDefinition): Schemas[string] {
  const { $schema: _, additionalProperties: __, ...schema } = dataSchema(definition) as Record<string, unknown>;
  return schema;
}

/** All messages to receivers and alert URLs. */
export function messageWebhooks(): Webhooks {
  const events = EVENT_DEFINITIONS.map((definition): Message => {
    const { type, title, sentWhen, dataClass } = definition;
    return { type, title, sentWhen, model: dataClass.name, data: exampleData(definition) };
  });
  const all = [...events, TEST].map((message) => [message.type, { post: operation(message) }] as const);
  return { ...Object.fromEntries(all), ...alertWebhooks(HEADERS.filter(([name]) => name.startsWith('webhook-'))) };
}

interface Message {
  type: string;
  title: string;
  sentWhen: string;
  /** Name of the data schema. */
  model: string;
  data: object;
}

const TEST: Message = {
  type: TEST_EVENT_TYPE,
  title: 'Test',
  sentWhen:
    'Sent when a person presses the test button; never retried. A test can also be the sample of any other event.',
  model: 'TestMessage',
  data: { message: TEST_MESSAGE, webhookId: AN_ID },
};

function operation({ type, title, sentWhen, model, data }: Message): NonNullable<Webhooks[string]['post']> {
  const isTest = type === TEST_EVENT_TYPE;
  return {
    operationId: `message_${model}`,
    summary: title,
    description: sentWhen,
    tags: ['messages'],
    // Messages are signed, which OpenAPI cannot express.
    security: [],
    parameters: [...HEADERS, TEST_HEADER].map(([name, example, description]) => ({
      name,
      in: 'header',
      required: name !== 'x-webhook-test' || isTest,
      description,
      schema: { type: 'string' },
      example: name === 'x-webhook-event' ? type : example,
    })),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: messageSchema(type, model),
          example: { event: type, timestamp: EXAMPLE_TIMESTAMP, data },
        },
      },
    },
    responses: {
      '2XX': { description: 'Received. Answer within 10 seconds; do the work afterwards.' },
      '410': { description: 'No longer wanted: the webhook is switched off.' },
      default: {
        description:
          'Not received: sent again after 1, 5 and 30 minutes, or later as the retry plan of the webhook says.',
      },
    },
  };
}

function messageSchema(type: string, model: string): Schemas[string] {
  return {
    type: 'object',
    required: ['event', 'timestamp', 'data'],
    properties: {
      event: { type: 'string', enum: [type], description: 'The event type.' },
      timestamp: { type: 'string', format: 'date-time', description: 'When it happened.' },
      data: { description: 'What happened.', allOf: [{ $ref: `#/components/schemas/${model}` }] },
    },
  };
}
