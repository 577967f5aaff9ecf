import type { ValidationError } from 'class-validator';
import { AppError, type FieldError } from '../lib/app-error.js';

/** Rules whose class-validator name would confuse a caller. */
const CODES: Record<string, string> = {
  whitelistValidation: 'unknown_field',
  isDefined: 'required',
  isNotEmpty: 'required',
};

/**
 * Flattens class-validator's tree into one entry per invalid field, with a path such as `data.applicationId` or
 * `3.type`. `prefix` is the path of the validated object itself, empty for the body.
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
  // A missing field fails every rule; only "required" is useful.
  if (rules.length > 0 && error.value === undefined && !unknown) {
    return [{ field, code: 'required', message: `${field} is required` }];
  }
  // Decorators register in reverse order, and the first one states the type: for "*" in place of a list, "must be an
  // array" is useful and "is too short" is not.
  const [rule, message] = rules.at(-1) ?? [];
  if (rule === undefined || message === undefined) return [];
  if (unknown) return [{ field, code: CODES['whitelistValidation']!, message: `${field} is not a known field` }];
  return [{ field, code: fieldCode(rule), message: withPath(message, error.property, field) }];
}

/** @param rule class-validator's name */
export function fieldCode(rule: string): string {
  return CODES[rule] ?? snakeCase(rule);
}

/** class-validator's messages name only the property, which is ambiguous in a nested object. */
function withPath(message: string, property: string, field: string): string {
  return message.startsWith(`${property} `) ? field + message.slice(property.length) : message;
}

function snakeCase(rule: string): string {
  return rule.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

/** The 400 for an invalid body or query. `detail` is the first message, because some clients show nothing else. */
export function validationFailed(errors: FieldError[]): AppError {
  const [first, ...rest] = errors;
  const more = rest.length > 0 ? ` (and ${rest.length} more)` : '';
  return new AppError('validation_failed', `${first?.message ?? 'the body is not valid'}${more}`, { errors });
}
