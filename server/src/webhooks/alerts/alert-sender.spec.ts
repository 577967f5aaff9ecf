import { expect, it } from '@jest/globals';
import { LONGEST_MAIL_MS } from '../../outbound/mailer.js';
import { alertsTable } from './alert-sender.js';

it.each([1_000, 10_000, 60_000])(
  'holds an alert for longer than sending it may take, with %i ms a request',
  (attemptTimeoutMs) => {
    const { leaseMs } = alertsTable({ attemptTimeoutMs });
    expect(leaseMs).toBeGreaterThan(Math.max(attemptTimeoutMs + 2_000, LONGEST_MAIL_MS));
  },
);
