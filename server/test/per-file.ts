import { afterAll, beforeAll } from '@jest/globals';

/**
 * Starts it before the tests of a spec file and closes it after them. What is returned stands for it, and is used
 * inside tests. Call once in a spec file.
 */
export function perFile<T extends { close(): Promise<unknown> }>(start: () => Promise<T>): T {
  let started: T | undefined;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(async () => {
    await started?.close();
    // The module of the spec stays loaded, and would keep it alive.
    started = undefined;
  });
  return new Proxy({} as T, { get: (_, name) => started![name as keyof T] });
}
