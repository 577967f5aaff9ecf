import { Injectable, type PipeTransform } from '@nestjs/common';
import { fieldError } from '../../lib/app-error.js';

/** The schema of a key. It is part of a path, so no character of it needs escaping there. */
export const EXTERNAL_KEY = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$',
  minLength: 1,
  maxLength: 128,
  example: 'payroll-production',
} as const;

const PATTERN = new RegExp(EXTERNAL_KEY.pattern);

/** For `@Param('external_key', ExternalKeyPipe)`. Throws AppError validation_failed. */
@Injectable()
export class ExternalKeyPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (PATTERN.test(value)) return value;
    const message = 'A key has 1 to 128 letters, digits and . _ : - and begins with a letter or digit.';
    throw fieldError('external_key', 'pattern', message);
  }
}
