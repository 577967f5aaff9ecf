import type { FieldError } from '../../lib/app-error.js';
import { ApplicationCreated } from './application-created.js';
import { ApplicationStatusChanged } from './application-status-changed.js';
import { InterviewCompleted } from './interview-completed.js';
import { InterviewScheduled } from './interview-scheduled.js';
import { OfferAccepted } from './offer-accepted.js';
import { OfferRejected } from './offer-rejected.js';
import { OfferSent } from './offer-sent.js';
import { PlacementCreated } from './placement-created.js';
import { VideoRecordingReady } from './video-recording-ready.js';
import { VideoTranscriptCompleted } from './video-transcript-completed.js';
import { FIELD_KINDS } from './field-kinds.js';
import { declaredEvent, type EventDataClass, type EventField, type EventTypeOptions } from './event-type.js';

/** An event type, derived from its class. */
export interface EventDefinition extends EventTypeOptions {
  group: EventGroup;
  dataClass: EventDataClass;
  fields: readonly EventField[];
  /** The field that identifies the record the event is about: the first one of the class. */
  subject: EventField;
}

/** The first segment of a type, subscribed to as `application.*`. */
export type EventGroup = 'application' | 'interview' | 'offer' | 'video' | 'placement';

export const EVENT_GROUPS: readonly { group: EventGroup; pattern: string; title: string }[] = [
  { group: 'application', pattern: 'application.*', title: 'Applications' },
  { group: 'interview', pattern: 'interview.*', title: 'Interviews' },
  { group: 'offer', pattern: 'offer.*', title: 'Offers' },
  { group: 'video', pattern: 'video.*', title: 'Videos' },
  { group: 'placement', pattern: 'placement.*', title: 'Placements' },
];

const CLASSES: EventDataClass[] = [
  ApplicationCreated,
  ApplicationStatusChanged,
  InterviewScheduled,
  InterviewCompleted,
  OfferSent,
  OfferAccepted,
  OfferRejected,
  VideoRecordingReady,
  VideoTranscriptCompleted,
  PlacementCreated,
];

function define(dataClass: EventDataClass): EventDefinition {
  const { options, fields } = declaredEvent(dataClass);
  return { ...options, group: options.type.split('.')[0] as EventGroup, dataClass, fields, subject: fields[0]! };
}

/** All events, in display order. */
export const EVENT_DEFINITIONS: readonly EventDefinition[] = CLASSES.map(define);

export const TYPE_NAMES: readonly string[] = EVENT_DEFINITIONS.map(({ type }) => type);

const byType = new Map(EVENT_DEFINITIONS.map((definition) => [definition.type, definition]));

export function findEvent(type: string): EventDefinition | undefined {
  return byType.get(type);
}

/** Reserved for tests: never published, never subscribed to. */
export const TEST_EVENT_TYPE = 'webhook.test';

/**
 * Problems of what a webhook subscribes to: each entry must be `*`, a group such as `offer.*`, or an exact type.
 * `field` is `events.<index>`.
 */
export function subscriptionProblems(events: readonly string[]): FieldError[] {
  return events.flatMap((pattern, index) => {
    if (pattern === '*' || byType.has(pattern) || EVENT_GROUPS.some((group) => group.pattern === pattern)) return [];
    const message = `events.${index} must be an event type, a group such as application.*, or *`;
    return [{ field: `events.${index}`, code: 'unknown_event_type', message }];
  });
}

/** What a webhook may subscribe to, as a JSON Schema pattern. */
export const SUBSCRIBABLE_PATTERN = patternOf(['*', ...EVENT_GROUPS.map(({ pattern }) => pattern), ...byType.keys()]);

/**
 * A pattern for event names and groups. Not an `enum`, which would make each new event a breaking change of
 * generated types.
 */
export function patternOf(names: readonly string[]): string {
  return `^(${names.map((name) => name.replaceAll(/[.*]/g, String.raw`\$&`)).join('|')})$`;
}

/** Example data of a type, optional fields included. */
export function exampleData(definition: EventDefinition): Record<string, string | number> {
  return Object.fromEntries(definition.fields.map(({ name, example }) => [name, example]));
}

/** JSON Schema (2020-12) of a type's `data`. */
export function dataSchema(definition: EventDefinition): object {
  const property = ({ type, description, example }: EventField) => ({
    ...FIELD_KINDS[type].schema,
    description,
    examples: [example],
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: definition.type,
    description: definition.sentWhen,
    type: 'object',
    properties: Object.fromEntries(definition.fields.map((field) => [field.name, property(field)])),
    required: definition.fields.filter((field) => field.required).map((field) => field.name),
    additionalProperties: false,
  };
}

/**
 * Whether a subscription includes a type: `video.*` matches `video.recording.ready` at any depth and never
 * `videos.x`; `*` matches everything. Equal to the SQL function webhook_matches, as a property test verifies.
 */
export function matchesPattern(pattern: string, type: string): boolean {
  return pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));
}

/** Whether a subscription to these patterns includes a type. */
export const subscribes = (patterns: readonly string[], type: string): boolean =>
  patterns.some((pattern) => matchesPattern(pattern, type));

/** The types that a subscription to these patterns includes. */
export const subscribedTypes = (patterns: readonly string[]): string[] =>
  TYPE_NAMES.filter((type) => subscribes(patterns, type));
