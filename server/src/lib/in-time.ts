import { setTimeout as delay } from 'node:timers/promises';

/**
 * The answer, or `otherwise` if it takes longer than `ms`. The work itself goes on, and a late rejection is ignored.
 */
export async function inTime<T>(answer: Promise<T>, ms: number, otherwise: T): Promise<T> {
  const abort = new AbortController();
  const late = delay(ms, otherwise, { signal: abort.signal });
  // Aborting the delay rejects it, and nothing else handles an answer that fails too late.
  late.catch(() => undefined);
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    abort.abort();
  }
}
