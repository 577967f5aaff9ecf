/*
 * What is shown as "2 min ago" happened by the server's clock, and people's clocks are off by hours. The header `date`
 * has whole seconds and is late by the way it took, so that small differences mean nothing.
 */

const NOISE_MS = 5_000;

let aheadMs = 0;

/** Called with the `date` of every answer. */
export function learnServerTime(date: string | null, now = Date.now()): void {
  const ahead = Date.parse(date ?? '') - now;
  if (!Number.isNaN(ahead)) aheadMs = Math.abs(ahead) < NOISE_MS ? 0 : ahead;
}

/** Milliseconds since 1970, as the server counts them. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}
