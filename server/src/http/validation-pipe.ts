import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import { fieldError } from '../lib/app-error.js';
import { fieldErrorsOf, validationFailed } from './field-errors.js';

class StrictValidationPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Nest treats null like an absent body.
    if (value === null && metadata.type === 'body' && this.toValidate(metadata)) {
      throw fieldError('', 'not_an_object', 'The body must be a JSON object.');
    }
    return super.transform(value, metadata);
  }

  /** Nest silently removes keys that class-transformer cannot handle, at every depth. Here they are an error. */
  protected override stripProtoKeys(value: unknown): void {
    const open: [value: unknown, path: string][] = [[value, '']];
    for (let next = open.pop(); next; next = open.pop()) {
      const [object, path] = next;
      if (typeof object !== 'object' || object === null) continue;
      for (const [key, inner] of Object.entries(object)) {
        const field = path === '' ? key : `${path}.${key}`;
        if (key === '__proto__' || key === 'constructor') {
          throw fieldError(field, 'unknown_field', `${field} is a name that cannot be used`);
        }
        open.push([inner, field]);
      }
    }
  }
}

/** For all bodies and queries. Unknown fields are refused, so that a misspelt one is never silently ignored. */
export function validationPipe(): ValidationPipe {
  return new StrictValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (errors) => validationFailed(fieldErrorsOf(errors)),
  });
}
