import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import { fieldError } from '../lib/app-error.js';
import { fieldErrorsOf, validationFailed } from './field-errors.js';

class StrictValidationPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Nest takes it for a body that is not there, which is something else.
    if (value === null && metadata.type === 'body' && this.toValidate(metadata)) {
      throw fieldError('', 'not_an_object', 'The body must be a JSON object.');
    }
    return super.transform(value, metadata);
  }

  /**
   * Nest takes out in silence, at every depth, what class-transformer cannot read. Whoever sent it must learn of it.
   */
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

/**
 * The one validation of bodies and queries: unknown fields are refused, so that a misspelt one cannot be ignored in
 * silence.
 */
export function validationPipe(): ValidationPipe {
  return new StrictValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (errors) => validationFailed(fieldErrorsOf(errors)),
  });
}
