import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsISO8601, IsString, IsUrl, Length, Matches, Min, ValidateIf } from 'class-validator';

/*
 * The decorators that describe an event. One declaration per field feeds validation (class-validator), OpenAPI, JSON Schema, the
 * examples, the references kept for search and erasure, and the admin's Guide.
 */

/** Kinds of record that an event can speak of: what the log can be searched and erased by. */
export type ReferenceKind =
  'application' | 'candidate' | 'job' | 'interview' | 'offer' | 'recording' | 'transcript' | 'placement';

export interface EventField {
  name: string;
  type: 'id' | 'text' | 'time' | 'date' | 'url' | 'number';
  required: boolean;
  description: string;
  example: string | number;
  /** Set on ids: the kind of record that the id names. */
  reference?: ReferenceKind;
}

export interface EventTypeOptions {
  /** `application.created` */
  type: string;
  /** Short words for people: "New application". */
  title: string;
  /** When exactly it is sent, a whole sentence. */
  sentWhen: string;
  /** Of `data`. Rises by one when a field is added; nothing else may change about a type that agencies receive. */
  version: number;
}

/** A class of event data. */
export type EventDataClass = new () => object;

const fieldsOf = new Map<object, EventField[]>();
const optionsOf = new Map<EventDataClass, EventTypeOptions>();

function field(definition: Omit<EventField, 'name'>, ...rules: PropertyDecorator[]): PropertyDecorator {
  const { description, example, required } = definition;
  const api = {
    description,
    example,
    required,
    type: definition.type === 'number' ? Number : String,
    format: FORMATS[definition.type],
  };
  const remember: PropertyDecorator = (target, name) => {
    fieldsOf.set(target, [...(fieldsOf.get(target) ?? []), { ...definition, name: String(name) }]);
  };
  return applyDecorators(remember, ApiProperty(api), ...(required ? rules : [mayBeAbsent, ...rules]));
}

/** Optional, but not null: receivers were told that the field is text or not there. */
const mayBeAbsent = ValidateIf((_data, value) => value !== undefined);

const FORMATS: Record<EventField['type'], string | undefined> = {
  id: undefined,
  text: undefined,
  time: 'date-time',
  date: 'date',
  url: 'uri',
  number: undefined,
};

interface FieldOptions {
  required?: boolean;
}

// Control characters have no place in an id, and a NUL cannot be stored by PostgreSQL at all.
// eslint-disable-next-line no-control-regex
const NO_CONTROL = /^[^\u0000-\u001f\u007f]*$/;

/** An opaque id of 1 to 128 characters that names a record of the given kind. */
export function IdField(
  reference: ReferenceKind,
  description: string,
  example: string,
  { required = true }: FieldOptions = {},
): PropertyDecorator {
  const notControl = Matches(NO_CONTROL, { message: '$property must not contain control characters' });
  return field({ type: 'id', required, description, example, reference }, IsString(), Length(1, 128), notControl);
}

export function TextField(
  description: string,
  example: string,
  { required = true }: FieldOptions = {},
): PropertyDecorator {
  return field({ type: 'text', required, description, example }, IsString());
}

/** A moment, RFC 3339 in UTC. */
export function TimeField(
  description: string,
  example: string,
  { required = true }: FieldOptions = {},
): PropertyDecorator {
  return field(
    { type: 'time', required, description, example },
    IsISO8601({ strict: true, strictSeparator: true }),
    IsUtc(),
  );
}

/** A day (`2026-02-01`), or a moment in UTC. */
export function DateField(
  description: string,
  example: string,
  { required = true }: FieldOptions = {},
): PropertyDecorator {
  const dayOrMoment = Matches(/^\d{4}-\d{2}-\d{2}$|(Z|[+-]00:00)$/, {
    message: '$property must be a day such as 2026-02-01, or a time in UTC',
  });
  return field(
    { type: 'date', required, description, example },
    IsISO8601({ strict: true, strictSeparator: true }),
    dayOrMoment,
  );
}

export function UrlField(
  description: string,
  example: string,
  { required = true }: FieldOptions = {},
): PropertyDecorator {
  return field(
    { type: 'url', required, description, example },
    IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false }),
  );
}

/** A whole number of at least 0. */
export function CountField(
  description: string,
  example: number,
  { required = true }: FieldOptions = {},
): PropertyDecorator {
  return field({ type: 'number', required, description, example }, IsInt(), Min(0));
}

function IsUtc(): PropertyDecorator {
  return Matches(/T.*(Z|[+-]00:00)$/, { message: '$property must be a time in UTC, such as 2026-01-22T10:30:00Z' });
}

/** Declares a class as the data of one event type. */
export function EventType(options: EventTypeOptions): ClassDecorator {
  return (target) => void optionsOf.set(target as unknown as EventDataClass, options);
}

/** What was declared on a class. Throws when the class is no event: a mistake in the catalogue, found at start. */
export function declaredEvent(dataClass: EventDataClass): { options: EventTypeOptions; fields: EventField[] } {
  const options = optionsOf.get(dataClass);
  const fields = fieldsOf.get(dataClass.prototype as object);
  if (!options || !fields) throw new Error(`${dataClass.name} lacks @EventType or has no fields`);
  return { options, fields };
}
