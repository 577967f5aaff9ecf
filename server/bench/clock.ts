/** Milliseconds of the monotonic clock that all processes of this machine share; for differences only. */
export function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Polls every `everyMs` until `check` is true. @throws Error when that takes longer than `limitMs` */
export async function until(
  what: string,
  check: () => Promise<boolean>,
  limitMs = 120_000,
  everyMs = 5,
): Promise<void> {
  for (const end = sharedMs() + limitMs; !(await check());) {
    if (sharedMs() > end) throw new Error(`${what}: not within ${limitMs} ms`);
    await sleep(everyMs);
  }
}
