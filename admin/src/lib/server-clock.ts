/*
 * Times such as "2 min ago" are relative to the server's clock, because people's clocks may be off by hours. The `date`
 * header has whole seconds and arrives late, so small differences are ignored.
 */

const NOISE_MS = 5_000;

let aheadMs = 0;

/** Called with the `date` of every answer. */
export function syncServerTime(date: string | null, now = Date.now()): void {
  const ahead = Date.parse(date ?? '') - now;
  if (!Number.isNaN(ahead)) aheadMs = Math.abs(ahead) < NOISE_MS ? 0 : ahead;
}

/** Milliseconds since 1970, as the server counts them. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}
