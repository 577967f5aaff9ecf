import { HOUR_MS, DAY_MS } from '../../lib/time.js';

/*
 * When messages of a tool may go out: at once, every full hour or once a day, and not in quiet hours. Pure: the time is
 * passed in. Times of day are those of a time zone: a time that is skipped when clocks change means the moment of the
 * change, and one that occurs twice means the first.
 */

export const GROUPINGS = ['each', 'hourly', 'daily'] as const;

/** From one time of day (`22:00`) to another, which may be on the next day. */
export interface QuietHours {
  from: string;
  to: string;
  /** IANA name. */
  time_zone: string;
}

export interface Schedule {
  group: (typeof GROUPINGS)[number];
  quiet: QuietHours | null;
}

/** The schedule of a style. Endpoints have none. */
export const scheduleOf = (style: Partial<Schedule> | null): Schedule => ({
  group: style?.group ?? 'each',
  quiet: style?.quiet ?? null,
});

/** A time in which the same deliveries may go out. */
export interface Phase {
  /** Deliveries due by then may go out: Unix ms, Infinity for all of them, -Infinity for none. */
  cutoffMs: number;
  /** When it ends; null: never. */
  untilMs: number | null;
}

/** When daily messages go out without quiet hours; with those, at their end. */
const DAILY = { at: '09:00', zone: 'UTC' };

export function phaseAt({ group, quiet }: Schedule, nowMs: number): Phase {
  const quietEndMs = quiet && quietUntil(quiet, nowMs);
  if (quietEndMs !== null) return { cutoffMs: -Infinity, untilMs: quietEndMs };
  const quietMs = quiet ? next(quiet.from, quiet.time_zone, nowMs) : Infinity;
  if (group === 'each') return { cutoffMs: Infinity, untilMs: quiet ? quietMs : null };
  const [at, zone] = quiet ? [quiet.to, quiet.time_zone] : [DAILY.at, DAILY.zone];
  if (group === 'daily') {
    return { cutoffMs: last(at, zone, nowMs), untilMs: Math.min(next(at, zone, nowMs), quietMs) };
  }
  const hourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  // What waited because of quiet hours goes out at their end, not at the next full hour.
  const cutoffMs = quiet ? Math.max(hourMs, last(quiet.to, quiet.time_zone, nowMs)) : hourMs;
  return { cutoffMs, untilMs: Math.min(hourMs + HOUR_MS, quietMs) };
}

/** When a delivery that is due since `sinceMs` may go out; `nowMs` if it may already. */
export function opensAt(schedule: Schedule, sinceMs: number, nowMs: number): number {
  for (let atMs = nowMs; ;) {
    const { cutoffMs, untilMs } = phaseAt(schedule, atMs);
    if ((cutoffMs !== -Infinity && sinceMs <= cutoffMs) || untilMs === null) return atMs;
    atMs = untilMs;
  }
}

/** The end of the quiet hours; null if it is not quiet now. */
function quietUntil({ from, to, time_zone: zone }: QuietHours, nowMs: number): number | null {
  return last(from, zone, nowMs) > last(to, zone, nowMs) ? next(to, zone, nowMs) : null;
}

const last = (time: string, zone: string, nowMs: number) =>
  Math.max(...around(time, zone, nowMs).filter((ms) => ms <= nowMs));
const next = (time: string, zone: string, nowMs: number) =>
  Math.min(...around(time, zone, nowMs).filter((ms) => ms > nowMs));

/** That time of day, on the days around `nowMs`. */
function around(time: string, zone: string, nowMs: number): number[] {
  const today = nowMs + offset(zone, nowMs);
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  return [-2, -1, 0, 1, 2].map((days) => {
    const midnight = Math.floor(today / DAY_MS + days) * DAY_MS;
    return instant(zone, midnight + (hours * 60 + minutes) * 60_000);
  });
}

/** The moment at which clocks in the zone show `wallMs`, which is a time as if in UTC. */
function instant(zone: string, wallMs: number): number {
  const before = wallMs - offset(zone, wallMs - DAY_MS);
  const after = wallMs - offset(zone, wallMs + DAY_MS);
  if (before + offset(zone, before) === wallMs) return before;
  if (after + offset(zone, after) === wallMs) return after;
  // This time is skipped: find the first moment with the new offset.
  let [low, high] = [after, before];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(zone, middle) === offset(zone, low)) low = middle;
    else high = middle;
  }
  return high;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds by which the zone is ahead of UTC. */
function offset(zone: string, atMs: number): number {
  let format = formats.get(zone);
  if (!format) {
    const parts = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    format = new Intl.DateTimeFormat('en-US', { ...parts, second: 'numeric', hourCycle: 'h23', timeZone: zone });
    formats.set(zone, format);
  }
  const part = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day, hour, minute, second } = part;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return wall - Math.floor(atMs / 1_000) * 1_000;
}

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
