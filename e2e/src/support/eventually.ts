const EVERY_MS = 25;
/** The pause between two checks is a quarter of the time waited so far, within limits: each check costs CPU. */
const MIN_PAUSE_MS = 10;
const MAX_PAUSE_MS = 250;

interface EventuallyOptions {
  /** Default 30 s, which is generous because only a broken test uses it up. */
  timeoutMs?: number;
  /** A fixed interval between checks; by default they are frequent at first and then less so. */
  everyMs?: number;
}

/** Repeats `attempt` until it stops throwing and returns its result; after the timeout, rejects with the last error. */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs }: EventuallyOptions = {},
): Promise<T> {
  const begun = performance.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > begun + timeoutMs) throw error;
    }
    const pause = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, (performance.now() - begun) / 4));
    await new Promise((resolve) => setTimeout(resolve, everyMs ?? pause));
  }
}

/** Checks for `forMs` that `holds` does not throw, for promises that something does not happen. */
export async function throughout(forMs: number, holds: () => void | Promise<void>): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    await holds();
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
