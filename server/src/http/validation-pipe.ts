import { ValidationPipe } from '@nestjs/common';
import { fieldErrorsOf, validationFailed } from './field-errors.js';

/** The one validation of bodies and queries: unknown fields are refused, so that a misspelt one cannot be ignored in silence. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (errors) => validationFailed(fieldErrorsOf(errors)),
  });
}
