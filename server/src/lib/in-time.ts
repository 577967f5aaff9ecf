import { setTimeout as delay } from 'node:timers/promises';

/**
 * The answer, or `otherwise` when it takes longer than `ms`. The work itself goes on, and what it then rejects with is
 * of no interest.
 */
export async function inTime<T>(answer: Promise<T>, ms: number, otherwise: T): Promise<T> {
  const patience = new AbortController();
  const late = delay(ms, otherwise, { signal: patience.signal });
  // Aborting the delay rejects it, and an answer that fails after the time has no other handler.
  late.catch(() => undefined);
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    patience.abort();
  }
}
