import { serverNow } from './server-clock';

/** Formats times. Input is ISO 8601 UTC from the API; output is in the reader's zone unless it says UTC. */

const RELATIVE_STEPS: readonly [limitSeconds: number, unitSeconds: number, unit: string][] = [
  [3_600, 60, 'min'],
  [86_400, 3_600, 'h'],
  [7 * 86_400, 86_400, 'day'],
];

/** "just now", "2 min ago", "in 5 min", "3 days ago"; older than a week is a date. */
export function relativeTime(iso: string, now = serverNow()): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return seconds >= 0 ? 'just now' : 'in a moment';
  for (const [limit, unit, name] of RELATIVE_STEPS) {
    if (size < limit) {
      const count = Math.max(1, Math.floor(size / unit));
      const words = `${count} ${name}${name === 'day' && count > 1 ? 's' : ''}`;
      return seconds >= 0 ? `${words} ago` : `in ${words}`;
    }
  }
  return shortDate(iso);
}

/** "3 May", with the year when it is not this one. */
export function shortDate(iso: string, now = serverNow()): string {
  const date = new Date(iso);
  const year = date.getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' as const };
  return format(date, { day: 'numeric', month: 'short', ...year });
}

/** "3 May 2026". */
export function longDate(iso: string): string {
  return format(new Date(iso), { day: 'numeric', month: 'long', year: 'numeric' });
}

/** "15:02". */
export function timeOfDay(iso: string): string {
  return format(new Date(iso), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** "15:02", or "Thu 15:02" within a week, else "3 May 15:02". */
export function clockTime(iso: string, now = serverNow()): string {
  const date = new Date(iso);
  const time = timeOfDay(iso);
  if (dayKey(iso) === dayKey(new Date(now).toISOString())) return time;
  const withinWeek = Math.abs(now - date.getTime()) < 6 * 86_400_000;
  return `${withinWeek ? format(date, { weekday: 'short' }) : shortDate(iso, now)} ${time}`;
}

/** "at 15:02", "on Thursday at 15:02", "on 3 May at 15:02": within a sentence. */
export function atTime(iso: string, now = serverNow()): string {
  const date = new Date(iso);
  const time = timeOfDay(iso);
  if (dayKey(iso) === dayKey(new Date(now).toISOString())) return `at ${time}`;
  const withinWeek = Math.abs(now - date.getTime()) < 6 * 86_400_000;
  return `on ${withinWeek ? format(date, { weekday: 'long' }) : shortDate(iso, now)} at ${time}`;
}

/** "at 15:02", or "in a moment" for a time that has passed. */
export function soon(iso: string, now = serverNow()): string {
  return Date.parse(iso) <= now ? 'in a moment' : atTime(iso, now);
}

/** "15:02:11": when something was done just now. */
export function secondsTime(iso: string): string {
  return format(new Date(iso), { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}

/** "15:02:11.120": for a timeline, where the milliseconds are what one looks for. */
export function preciseTime(iso: string): string {
  return format(new Date(iso), {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  });
}

/** "22 Jan 2026, 11:30:00 CET · 10:30:00 UTC": the full form of a short time, on hover and focus. */
export function fullTime(iso: string): string {
  const date = new Date(iso);
  const local = format(date, { dateStyle: 'medium', timeStyle: 'long' });
  const utc = format(date, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  });
  // Readers in UTC do not see the same time twice.
  return local.endsWith(' UTC') ? local : `${local} · ${utc} UTC`;
}

/** "22 Jan 2026, 10:30 UTC": for readers elsewhere. */
export function utcTime(iso: string): string {
  return `${format(new Date(iso), { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })} UTC`;
}

/** The reader's calendar day, for grouping. */
export function dayKey(iso: string): string {
  const date = new Date(iso);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** "Today", "Yesterday", "Thursday 22 January". */
export function dayName(iso: string, now = serverNow()): string {
  const key = dayKey(iso);
  if (key === dayKey(new Date(now).toISOString())) return 'Today';
  if (key === dayKey(new Date(now - 86_400_000).toISOString())) return 'Yesterday';
  return format(new Date(iso), { weekday: 'long', day: 'numeric', month: 'long' });
}

/** "92 ms", "1.9 s", "10 s". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  return `${seconds < 10 ? seconds.toFixed(1).replace(/\.0$/, '') : Math.round(seconds)} s`;
}

/** "10 seconds", "1 second", "2.5 seconds". */
export function seconds(ms: number): string {
  const number = Math.round(ms / 100) / 10;
  return number === 1 ? '1 second' : `${number} seconds`;
}

const SPANS: readonly [ms: number, unit: string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
];

/** "5 days", "30 minutes", "90 seconds": the largest unit of which it is a whole number. */
export function span(ms: number): string {
  const [size, unit] = SPANS.find(([one]) => ms >= one && ms % one === 0) ?? [];
  if (!size) return seconds(ms);
  const count = ms / size;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Caches formats: making one costs a hundred times as much as using it, and lists use them in every row. */
function format(date: Date, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat('en-GB', options);
  formats.set(key, known);
  return known.format(date);
}
