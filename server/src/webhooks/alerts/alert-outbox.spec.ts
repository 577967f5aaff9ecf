import { expect, it } from '@jest/globals';
import type { Env } from '../../config/env.js';
import type { ServiceDatabase } from '../../database/service-database.js';
import { LONGEST_MAIL_MS } from '../../outbound/mailer.js';
import { AlertOutbox } from './alert-outbox.js';

it.each([1_000, 10_000, 60_000])(
  'holds an alert for longer than sending it may take, with %i ms a request',
  async (attemptTimeoutMs) => {
    let leaseMs = 0;
    const prepared = (_name: string, _sql: string, [given]: number[] = []) =>
      Promise.resolve(void (leaseMs = given ?? 0));
    await new AlertOutbox({ prepared } as unknown as ServiceDatabase, { attemptTimeoutMs } as Env).claim();
    expect(leaseMs).toBeGreaterThan(Math.max(attemptTimeoutMs + 2_000, LONGEST_MAIL_MS));
  },
);
