import type { OpenAPIObject } from '@nestjs/swagger';

/*
 * Default descriptions of properties, by name. One at the declaration takes precedence. A test requires a description
 * of every property in the document, and a use of every default.
 */

export type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const BY_NAME: Record<string, string> = {
  action: 'What was done: the thing and a past participle.',
  actor: 'Who did it.',
  agency: 'The agency that this is about.',
  created_at: 'When it was made.',
  created_by: 'Name of the person or key that made it, at that time.',
  data: 'The entries of this page.',
  delivery_id: 'The delivery, as `x-webhook-delivery` names it.',
  description: 'For people; empty when there is none.',
  detail: 'What is wrong, for the operator; absent if all is well.',
  duration_ms: 'How long it took, in milliseconds; null: not reached.',
  email: 'Email address of the person, in small letters.',
  event: 'The event type.',
  event_id: 'The event, as `webhook-id` names it.',
  events: 'Its subscriptions: event types, groups such as `application.*`, or `*` for everything.',
  finished_at: 'When it ended; null: it has not.',
  id: 'Identifies it in paths and lists.',
  is_active: 'Off: events that happen become `skipped` deliveries.',
  last_24h: 'Its deliveries in the last 24 hours, without tests.',
  last_delivery: 'Outcome of the last attempt; null: there was none yet.',
  method: 'Of the HTTP request.',
  name: 'For people.',
  newest_delivery_id: 'The last delivery of the group.',
  off_at: 'When it was switched off; null: it is on.',
  ok: 'Whether all is well.',
  oldest_delivery_id: 'The first delivery of the group.',
  outcome: 'The outcome of the attempt.',
  owner: 'The first person of the agency, who may do everything.',
  password: 'The password of the person.',
  plan_id: 'Required by the second step.',
  reason: 'The reason, for programs; docs/delivery.md lists them.',
  received_at: 'When it was received.',
  response_status: 'The HTTP status of the answer; null: there was none.',
  retry_plan: 'When a failed attempt is retried: see docs/delivery.md.',
  role: 'Permissions: each role includes those before it.',
  secret_created_at: 'When the current secret was created.',
  series: 'Counts over time.',
  started_at: 'When it began; null: it has not.',
  status: 'The current state.',
  timing: 'Duration of each step.',
  title: 'Short words for people.',
  type: 'The event type.',
  updated_at: 'When its settings last changed.',
  webhook: 'The webhook, as it is now.',
  webhook_id: 'The webhook that it is for.',
};

/** Counts of deliveries by state. */
const BY_STATE: Record<string, string> = {
  waiting: 'Pending; not attempted yet, or a resend is due.',
  retrying: 'Pending; at least one attempt failed.',
  delivered: 'One attempt succeeded.',
  failed: 'The retry plan is exhausted.',
  skipped: 'The webhook was off.',
  cancelled: 'By a person, or with the webhook or the data.',
};

/** `<schema>.<property>`, where the default for the name does not fit. */
const BY_SCHEMA: Record<string, string> = {
  'AgencyOwnerDto.name': 'Name of the person; default: the email address.',
  'ApiKey.role': 'What the key may do.',
  'AuditActor.id': 'The person, key or token; null: the server itself.',
  'AuditEntry.at': 'When it was done.',
  'AuditTarget.id': 'What it was done to; null: it has no id.',
  'AuditTarget.kind': 'What kind of thing it was done to.',
  'ChangePasswordDto.current_password': 'The current password.',
  'DeliveryAttemptContent.n': 'Which attempt this is, from 1.',
  'DeliveryCount.count': 'How many there are, up to 10,000.',
  'EventExample.data': 'Its fields, with example values.',
  'EventExample.timestamp': 'When it happened.',
  'EventField.description': 'What it means.',
  'EventField.example': 'A possible value.',
  'EventField.name': 'What it is called in `data`.',
  'EventField.required': 'Whether it is in every message.',
  'EventType.description': 'When exactly it is sent.',
  'EventType.group': 'The first word of its name.',
  'EventTypes.data': 'Every event type.',
  'EventTypes.groups': 'Their groups, in display order.',
  'InboxReceipt.received': 'Always true.',
  'Problem.status': 'The HTTP status.',
  'NotReadyProblem.status': 'The HTTP status.',
  'StreamWebhookDeleted.deleted': 'Always true.',
  'TestResult.attempt': 'The request, and what came back.',
  'Subject.id': 'Id of the record, as the platform knows it.',
};

/** Adds missing descriptions. */
export function withDefaults(schemas: Schemas): Schemas {
  for (const [name, schema] of Object.entries(schemas)) {
    if (!('properties' in schema) || !schema.properties) continue;
    for (const [property, declared] of Object.entries(schema.properties)) {
      if ('description' in declared && declared.description) continue;
      const description = DEFAULTS.get(`${name}.${property}`) ?? DEFAULTS.get(property);
      if (description === undefined) continue;
      schema.properties[property] =
        '$ref' in declared ? { description, allOf: [declared] } : { description, ...declared };
    }
  }
  return schemas;
}

const DEFAULTS = new Map(Object.entries({ ...BY_NAME, ...BY_STATE, ...BY_SCHEMA }));

/** The defaults that do not occur in `schemas`, a JSON text. */
export function unusedDefaults(schemas: string): string[] {
  return [...DEFAULTS].flatMap(([name, description]) => (schemas.includes(JSON.stringify(description)) ? [] : [name]));
}
