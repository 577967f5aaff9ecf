import { UsageError } from './usage-error.js';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `24h`, `30m`, `7d` ago, or a time, as RFC 3339. Throws UsageError. */
export function timeSince(text: string, nowMs = Date.now()): string {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = count ? nowMs - Number(count) * UNITS[unit as keyof typeof UNITS] : Date.parse(text);
  if (Number.isNaN(ms)) throw new UsageError(`--since must be a time or how long ago, such as 30m, 24h or 7d`);
  return new Date(ms).toISOString();
}
