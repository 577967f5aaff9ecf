const EVERY_MS = 25;
/** The pause between two checks is a quarter of the time waited so far, within limits: each check costs CPU. */
const OFTEN_MS = 10;
const SELDOM_MS = 250;

export interface EventuallyOptions {
  /** Default 30 s: generous, because it is only used up when something is broken. */
  timeoutMs?: number;
  /** Always so long between two looks; by default often at first and then less often. */
  everyMs?: number;
}

/** Repeats `attempt` until it stops throwing and gives its result; after the time, rejects with its last error. */
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
    const pause = Math.min(SELDOM_MS, Math.max(OFTEN_MS, (performance.now() - begun) / 4));
    await new Promise((resolve) => setTimeout(resolve, everyMs ?? pause));
  }
}

/** Watches for `forMs` that `holds` keeps not throwing: for promises that something does not happen. */
export async function throughout(forMs: number, holds: () => void | Promise<void>): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    await holds();
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
