import type { OpenAPIObject } from '@nestjs/swagger';

/*
 * What properties mean that are called the same everywhere, so that no class has to say it again; what is special is said where the property is
 * declared, and counts first. A test asks every property of the document for a description, and every word here for its use.
 */

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** By name. */
const WORDS: Record<string, string> = {
  action: 'What was done: the thing and a past participle.',
  actor: 'Who did it.',
  agency: 'The agency that this is about.',
  created_at: 'When it was made.',
  created_by: 'Name of the person or key that made it, at that time.',
  data: 'The entries of this page.',
  delivery_id: 'The delivery, as `x-webhook-delivery` names it.',
  description: 'For people; empty when there is none.',
  detail: 'What is wrong, for the operator; not there when all is well.',
  duration_ms: 'How long it took, in milliseconds; null: it did not come to that.',
  email: 'E-mail address of the person, in small letters.',
  event: 'The event type.',
  event_id: 'The event, as `webhook-id` names it.',
  events: 'What it hears of: event types, groups such as `application.*`, or `*` for everything.',
  finished_at: 'When it was over; null: it is not.',
  id: 'What it is called in every path and list.',
  is_active: 'Off: events that happen become `skipped` deliveries.',
  last_24h: 'What happened to its deliveries in the last 24 hours, tests left out.',
  last_delivery: 'What came of the last attempt; null: there was none yet.',
  method: 'Of the HTTP request.',
  name: 'For people.',
  newest_delivery_id: 'The last delivery of the group.',
  off_at: 'When it was switched off; null: it is on.',
  ok: 'Whether all is well.',
  oldest_delivery_id: 'The first delivery of the group.',
  outcome: 'What the attempt came to.',
  owner: 'The first person of the agency, who may do everything.',
  password: 'The password of the person.',
  plan_id: 'What the second step names.',
  reason: 'The machine word for why; docs/delivery.md lists them.',
  received_at: 'When it came.',
  response_status: 'The HTTP status of the answer; null: there was none.',
  retry_plan: 'When a failed attempt is tried again: see docs/delivery.md.',
  role: 'What one may do: each role may do what those before it may.',
  secret_created_at: 'Since when the present secret is in use.',
  series: 'Counts over time.',
  started_at: 'When it began; null: it has not.',
  status: 'How it stands.',
  test: 'A sample that a person sent, not a real event.',
  timing: 'Where the time went.',
  title: 'Short words for people.',
  type: 'The event type.',
  updated_at: 'When its settings were changed last.',
  url: 'Where messages are sent.',
  webhook: 'The webhook, as it is now.',
  webhook_id: 'The webhook that it is for.',
};

/** How many deliveries are in each state, in whatever is counted. */
const STATE_WORDS: Record<string, string> = {
  waiting: 'Owed; nothing tried yet, or a resend is due.',
  retrying: 'Owed; at least one attempt failed.',
  delivered: 'One attempt succeeded.',
  failed: 'The retry plan is used up.',
  skipped: 'The webhook was off.',
  cancelled: 'By a person, or with the webhook or the data.',
};

/** `<schema>.<property>`, where the name alone says something else. */
const SPECIAL: Record<string, string> = {
  'AgencyOwnerDto.name': 'Name of the person; left out: the e-mail address stands for it.',
  'ApiKey.role': 'What the key may do.',
  'AuditActor.id': 'The person, key or token; null: the server itself.',
  'AuditEntry.at': 'When it was done.',
  'AuditTarget.id': 'What it was done to; null: it has no id.',
  'AuditTarget.kind': 'What kind of thing it was done to.',
  'ChangePasswordDto.current_password': 'The one that is valid now.',
  'DeliveryAttemptContent.n': 'Which attempt this is, from 1.',
  'DeliveryCount.count': 'How many there are, up to 10,000.',
  'EventExample.data': 'Its fields, with example values.',
  'EventExample.timestamp': 'When it happened.',
  'EventField.description': 'What it means.',
  'EventField.example': 'A value that it could have.',
  'EventField.name': 'What it is called in `data`.',
  'EventField.required': 'Whether it is in every message.',
  'EventType.description': 'When exactly it is sent.',
  'EventType.group': 'What it has in common with others: the first word of its name.',
  'EventTypes.data': 'Every event type.',
  'EventTypes.groups': 'Their groups, in the order to show them in.',
  'InboxReceipt.received': 'Always true.',
  'Problem.status': 'The HTTP status.',
  'NotReadyProblem.status': 'The HTTP status.',
  'StreamWebhookDeleted.deleted': 'It is not there any more.',
  'TestResult.attempt': 'The request, and what came back.',
  'Subject.id': 'Id of the record, as the platform knows it.',
};

/** Adds what is not said. */
export function withWords(schemas: Schemas): Schemas {
  for (const [name, schema] of Object.entries(schemas)) {
    if (!('properties' in schema) || !schema.properties) continue;
    for (const [property, said] of Object.entries(schema.properties)) {
      if ('description' in said && said.description) continue;
      const place = `${name}.${property}`;
      const word = [place, property].find((key) => WORD_OF.has(key));
      if (word === undefined) continue;
      const description = WORD_OF.get(word)!;
      schema.properties[property] = '$ref' in said ? { description, allOf: [said] } : { description, ...said };
    }
  }
  return schemas;
}

const WORD_OF = new Map(Object.entries({ ...WORDS, ...STATE_WORDS, ...SPECIAL }));

/** Those that the schemas, as text, do not need. */
export function wordsNeverSaid(schemas: string): string[] {
  return [...WORD_OF].flatMap(([word, description]) => (schemas.includes(JSON.stringify(description)) ? [] : [word]));
}
