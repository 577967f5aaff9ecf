import 'reflect-metadata';
import { expect, it } from '@jest/globals';
import { ResetPasswordDto } from './sessions.dto.js';
import { validationPipe } from '../../http/validation-pipe.js';

it('a new password that is not a text is refused for its type, not for its length', async () => {
  const body = { token: 'bpoc_rst_…', password: 5 };
  await expect(validationPipe().transform(body, { type: 'body', metatype: ResetPasswordDto })).rejects.toMatchObject({
    errors: [{ field: 'password', code: 'is_string' }],
  });
});
