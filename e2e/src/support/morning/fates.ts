/* The ten webhooks of an agency on a Monday morning, each with a different history. */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** One try; `status` is null without an answer. */
export interface Answer {
  reason: string;
  status: number | null;
  ms: number;
  body?: string;
}

export interface Fate {
  name: string;
  events: string[];
  /** Its server's answer to an attempt `ago` milliseconds ago. @param luck from 0 to 1 */
  answer: (ago: number, luck: number) => Answer;
  /** Its server's answer from now on; default 200. */
  now?: { status: number; body: string } | 'reset' | 'hang';
  /** How long ago it was turned off. */
  off?: { ago: number; reason: 'person' | 'gone' };
  /** How long ago it was paused. */
  paused?: { ago: number; nextProbeMs: number };
  /** How long it has existed. */
  age?: number;
}

const good = (luck: number): Answer => ({
  reason: 'ok',
  status: 200,
  ms: 40 + Math.round(luck ** 3 * 900),
  body: 'OK',
});

const maintenance = { status: 503, body: '{"error":"maintenance","until":"16:00"}' };
const trace = { status: 500, body: '{"error":"TypeError: cannot read property id of undefined"}' };
const noKey = {
  status: 401,
  body: '{"message":"Unknown signing key. Ask Maria Santos (maria@crm.example, +49 30 901820)."}',
};
const moved = { status: 404, body: '<!doctype html><title>404</title><h1>Not Found</h1>' };

const says = (reason: string, answer: { status: number; body: string }): Answer => ({ reason, ms: 90, ...answer });

export const FATES: readonly Fate[] = [
  {
    name: 'Payroll sync',
    events: ['application.*', 'placement.created'],
    answer: (_ago, luck) => good(luck),
  },
  {
    name: 'ATS mirror',
    events: ['application.*', 'interview.*', 'offer.*'],
    answer: (ago, luck) => (ago < 3 * HOUR_MS + 10 * MINUTE_MS ? says('down', maintenance) : good(luck)),
    now: maintenance,
    paused: { ago: 2 * HOUR_MS + 20 * MINUTE_MS, nextProbeMs: 9 * MINUTE_MS },
  },
  {
    name: 'Reporting database',
    events: ['*'],
    answer: (ago, luck) => (ago < 25 * MINUTE_MS ? { reason: 'reset', status: null, ms: 31 } : good(luck)),
    now: 'reset',
  },
  {
    name: 'Interview reminders',
    events: ['interview.*'],
    answer: (_ago, luck) => (luck > 0.85 ? { reason: 'timeout', status: null, ms: 10_004 } : good(luck)),
  },
  {
    name: 'Talent CRM',
    events: ['application.created', 'offer.*'],
    answer: (ago, luck) => (ago < 2 * HOUR_MS ? says('not_allowed', noKey) : good(luck)),
    now: noKey,
    paused: { ago: 40 * MINUTE_MS, nextProbeMs: 14 * MINUTE_MS },
  },
  {
    name: 'Onboarding portal',
    events: ['application.status_changed', 'placement.created'],
    answer: (ago, luck) => (ago < 9 * HOUR_MS && ago > 7 * HOUR_MS ? says('server_error', trace) : good(luck)),
  },
  {
    name: 'Assessment partner',
    events: ['application.created'],
    answer: (ago, luck) => (ago < 45 * MINUTE_MS ? says('not_found', moved) : good(luck)),
    now: moved,
  },
  {
    name: 'Background checks',
    events: ['offer.accepted', 'placement.created', 'application.status_changed'],
    answer: (ago, luck) => (ago < 5 * HOUR_MS ? says('gone', { status: 410, body: 'Gone' }) : good(luck)),
    off: { ago: 5 * HOUR_MS, reason: 'gone' },
  },
  {
    name: 'Old CRM',
    events: ['offer.*'],
    answer: (_ago, luck) => good(luck),
    off: { ago: 20 * HOUR_MS, reason: 'person' },
  },
  { name: 'Video archive', events: ['video.*'], answer: (_ago, luck) => good(luck), age: 10 * MINUTE_MS },
];
