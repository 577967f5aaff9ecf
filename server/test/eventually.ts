/** The pause between two checks is a fifth of the time waited so far, within limits: each check costs CPU. */
const OFTEN_MS = 20;
const SELDOM_MS = 200;

/** Retries `check` until it does not throw; after `timeoutMs`, throws its last error. */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 60_000): Promise<T> {
  const begun = performance.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const waited = performance.now() - begun;
      if (waited > timeoutMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(SELDOM_MS, Math.max(OFTEN_MS, waited / 5))));
    }
  }
}
