import { describe, expect, it } from '@jest/globals';
import { BadRequestException, ForbiddenException, HttpException, PayloadTooLargeException } from '@nestjs/common';
import { AppError } from '../lib/app-error.js';
import { refusalOf } from './refusal.js';

const coded = (message: string, code: string) => Object.assign(new Error(message), { code });

describe('refusalOf', () => {
  it('returns an AppError as it is', () => {
    const refusal = new AppError('purged', 'It is gone.');
    expect(refusalOf(refusal)).toBe(refusal);
  });

  it('maps framework errors by status', () => {
    expect(refusalOf(new ForbiddenException('no'))).toMatchObject({ code: 'forbidden', message: 'no' });
    expect(refusalOf(new PayloadTooLargeException())?.code).toBe('body_too_large');
    expect(refusalOf(new BadRequestException())?.code).toBe('bad_request');
    expect(refusalOf(new HttpException('teapot', 418))?.code).toBe('bad_request');
  });

  it('unwraps Fastify errors that Nest has wrapped', () => {
    const cause = Object.assign(coded('x', 'FST_ERR_CTP_BODY_TOO_LARGE'), { statusCode: 413 });
    expect(refusalOf(new HttpException('x', 413, { cause }))?.message).toBe('The request body is too large.');
  });

  it.each(['ECONNREFUSED', '57P01', '57P03', '08006', '53300'])('maps %s to database_unavailable', (code) => {
    expect(refusalOf(coded('x', code))).toMatchObject({ code: 'database_unavailable', retryAfterSeconds: 5 });
  });

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect', 'Query read timeout'])(
    'maps "%s" to database_unavailable',
    (message) => {
      expect(refusalOf(new Error(message))?.code).toBe('database_unavailable');
    },
  );

  it('maps a character that PostgreSQL cannot store to bad_request', () => {
    expect(refusalOf(coded('invalid byte sequence for encoding "UTF8": 0x00', '22021'))?.code).toBe('bad_request');
  });

  it('returns null for a bug', () => {
    for (const bug of [
      new Error('x'),
      coded('duplicate key', '23505'),
      'text',
      undefined,
      new HttpException('x', 502),
    ]) {
      expect(refusalOf(bug)).toBeNull();
    }
  });
});
