import type { ValidationError } from 'class-validator';
import { AppError, type FieldError } from '../lib/app-error.js';

/** Rules whose class-validator name would puzzle a caller. */
const CODES: Record<string, string> = {
  whitelistValidation: 'unknown_field',
  isDefined: 'required',
  isNotEmpty: 'required',
};

/**
 * Flattens class-validator's tree into one entry per wrong field with a path such as `data.applicationId` or `3.type`.
 * `prefix` is the path of the validated object itself, empty for the body.
 */
export function fieldErrorsOf(errors: readonly ValidationError[], prefix = ''): FieldError[] {
  return errors.flatMap((error) => {
    const field = prefix === '' ? error.property : `${prefix}.${error.property}`;
    return [...ownErrors(error, field), ...fieldErrorsOf(error.children ?? [], field)];
  });
}

function ownErrors(error: ValidationError, field: string): FieldError[] {
  const rules = Object.entries(error.constraints ?? {});
  const unknown = rules.some(([rule]) => rule === 'whitelistValidation');
  // A field that is not there breaks every rule it has; the caller needs to hear only that it is missing.
  if (rules.length > 0 && error.value === undefined && !unknown) {
    return [{ field, code: 'required', message: `${field} is required` }];
  }
  // Decorators register from the last to the first, and the first one says what kind of value it must be: of "*" for a list a caller
  // needs to hear that it is no list, not that it is too short.
  const [rule, message] = rules.at(-1) ?? [];
  if (rule === undefined || message === undefined) return [];
  if (unknown) return [{ field, code: CODES['whitelistValidation']!, message: `${field} is not a known field` }];
  return [{ field, code: fieldCode(rule), message: withPath(message, error.property, field) }];
}

/** The code of a rule, by class-validator's name for it. */
export function fieldCode(rule: string): string {
  return CODES[rule] ?? snakeCase(rule);
}

/** class-validator's messages name the property alone; in a nested object that is not enough to find it. */
function withPath(message: string, property: string, field: string): string {
  return message.startsWith(`${property} `) ? field + message.slice(property.length) : message;
}

function snakeCase(rule: string): string {
  return rule.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

/** The 400 for a body or query that breaks rules. `detail` is the first message, so that a client that shows only that one helps too. */
export function validationFailed(errors: FieldError[]): AppError {
  const [first, ...rest] = errors;
  const more = rest.length > 0 ? ` (and ${rest.length} more)` : '';
  return new AppError('validation_failed', `${first?.message ?? 'the body is not valid'}${more}`, { errors });
}
