/**
 * The answer, or `otherwise` if it takes longer than `ms`. The work itself goes on, and a late rejection is ignored.
 */
export async function withTimeout<T>(answer: Promise<T>, ms: number, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => (timer = setTimeout(resolve, ms, otherwise)));
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A function that calls `read` at most once in `ms`, and otherwise returns the last result. */
export function atMostEvery<T>(ms: number, read: () => T): () => T {
  let last: { atMs: number; result: T } | undefined;
  return () => {
    if (!last || Date.now() - last.atMs > ms) last = { atMs: Date.now(), result: read() };
    return last.result;
  };
}
