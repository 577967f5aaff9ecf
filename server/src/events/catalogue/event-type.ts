import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { FIELD_KINDS, type FieldType } from './field-kinds.js';
import type { Facts, Piece } from './sentence.js';

/*
 * The decorators that describe an event. One declaration per field feeds validation, OpenAPI, JSON Schema, the
 * examples, the references kept for search and erasure, and the admin's Guide.
 */

/** Kinds of record that events refer to, by which the log can be searched and erased. */
export type ReferenceKind =
  'application' | 'candidate' | 'job' | 'interview' | 'offer' | 'recording' | 'transcript' | 'placement';

export interface EventField {
  name: string;
  type: FieldType;
  required: boolean;
  description: string;
  example: string | number;
  /** Set on ids: the kind of record that the id names. */
  reference?: ReferenceKind;
}

export interface EventTypeOptions {
  /** `application.created` */
  type: string;
  /** Display name: "New application". */
  title: string;
  /** When exactly it is sent, as a full sentence. */
  sentWhen: string;
  /** Of `data`. Raised when a field is added; nothing else about a released type may change. */
  version: number;
  /** What happened, for people: "**Maria Santos** accepted the offer". No links and no email addresses. */
  sentence: (facts: Facts) => (Piece | string)[];
}

export type EventDataClass = new () => object;

const fieldsOf = new Map<object, EventField[]>();
const optionsOf = new Map<EventDataClass, EventTypeOptions>();

function field(definition: Omit<EventField, 'name'>): PropertyDecorator {
  const { type, description, example, required } = definition;
  const register: PropertyDecorator = (target, name) => {
    fieldsOf.set(target, [...(fieldsOf.get(target) ?? []), { ...definition, name: String(name) }]);
  };
  return applyDecorators(register, ApiProperty({ ...FIELD_KINDS[type].schema, description, example, required }));
}

interface FieldOptions {
  required?: boolean;
}

/** An opaque id of 1 to 128 characters that names a record of the given kind. */
export function IdField(reference: ReferenceKind, description: string, example: string): PropertyDecorator {
  return field({ type: 'id', required: true, description, example, reference });
}

type FieldDecorator<Example> = (description: string, example: Example, options?: FieldOptions) => PropertyDecorator;

const fieldOf =
  (type: FieldType): FieldDecorator<string | number> =>
  (description, example, { required = true } = {}) =>
    field({ type, required, description, example });

export const TextField: FieldDecorator<string> = fieldOf('text');
/** A moment, RFC 3339 in UTC. */
export const TimeField: FieldDecorator<string> = fieldOf('time');
/** A day (`2026-02-01`), or a moment in UTC. */
export const DateField: FieldDecorator<string> = fieldOf('date');
/** An http or https address. */
export const UrlField: FieldDecorator<string> = fieldOf('url');
/** A whole number of at least 0. */
export const CountField: FieldDecorator<number> = fieldOf('number');

/** Optional fields of every type that does not declare them itself: they make messages readable for people. */
const FIELDS_OF_ALL: [name: string, description: string, example: string][] = [
  ['candidateName', 'Full name of the candidate', 'Maria Santos'],
  ['jobTitle', 'Title of the job', 'Customer Service Representative'],
];

/** Declares a class as the data of one event type. */
export function EventType(options: EventTypeOptions): ClassDecorator {
  return (target) => {
    const prototype = target.prototype as object;
    for (const [name, description, example] of FIELDS_OF_ALL) {
      if (fieldsOf.get(prototype)?.some((declared) => declared.name === name)) continue;
      TextField(description, example, { required: false })(prototype, name);
    }
    optionsOf.set(target as unknown as EventDataClass, options);
  };
}

/** The declaration of a class. @throws Error when it is not an event, so that a catalogue mistake fails the start */
export function declaredEvent(dataClass: EventDataClass): { options: EventTypeOptions; fields: EventField[] } {
  const options = optionsOf.get(dataClass);
  const fields = fieldsOf.get(dataClass.prototype as object);
  if (!options || !fields) throw new Error(`${dataClass.name} has no @EventType or no fields`);
  return { options, fields };
}
