const EVERY_MS = 25;

export interface EventuallyOptions {
  /** Default 10 s: generous, because it is only used up when something is broken. */
  timeoutMs?: number;
  /** Default 25 ms: longer for what is dear to ask, so that the asking does not slow down what is waited for. */
  everyMs?: number;
}

/** Repeats `attempt` until it stops throwing and gives its result; after the time, rejects with its last error. */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = EVERY_MS }: EventuallyOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
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
