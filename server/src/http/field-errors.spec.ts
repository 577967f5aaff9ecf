import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { IsInt, IsOptional, IsString, Min, validateSync } from 'class-validator';
import { fieldErrorsOf, validationFailed } from './field-errors.js';

class Data {
  @IsString()
  applicationId: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  seconds?: number;
}

const check = (value: object) =>
  fieldErrorsOf(validateSync(plainToInstance(Data, value), { whitelist: true, forbidNonWhitelisted: true }), '3.data');

describe('field errors', () => {
  it('are prefixed with the path of the containing object', () => {
    expect(check({})).toEqual([
      { field: '3.data.applicationId', code: 'required', message: '3.data.applicationId is required' },
    ]);
  });

  it('treat null as invalid, not as missing', () => {
    expect(check({ applicationId: null })).toEqual([
      { field: '3.data.applicationId', code: 'is_string', message: '3.data.applicationId must be a string' },
    ]);
  });

  it('have one entry per field, for its most basic rule', () => {
    expect(check({ applicationId: 'a', seconds: 0.5 }).map(({ code }) => code)).toEqual(['is_int']);
  });

  it('name an unknown field even if its value is undefined', () => {
    expect(check({ applicationId: 'a', extra: undefined })).toEqual([
      { field: '3.data.extra', code: 'unknown_field', message: '3.data.extra is not a known field' },
    ]);
  });

  it('summarise in one sentence how many there are', () => {
    expect(validationFailed([{ field: 'a', code: 'x', message: 'a is wrong' }]).message).toBe('a is wrong');
    const two = validationFailed([
      { field: 'a', code: 'x', message: 'a is wrong' },
      { field: 'b', code: 'x', message: 'b is wrong' },
    ]);
    expect(two.message).toBe('a is wrong (and 1 more)');
  });
});
