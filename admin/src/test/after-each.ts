import { afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals';
import { cleanup, configure, getConfig } from '@testing-library/react';
import { clearUnseen } from '../api/live/unseen-items';
import { setSessionEnded } from '../api/session-end';

// The testing library looks there for fake timers.
Object.assign(globalThis, { jest });

const { getElementError } = getConfig();
/** Within `waitFor` and `findBy…`; the package's types leave it out. */
const looksAgain = () =>
  (getConfig() as { _disableExpensiveErrorDiagnostics?: boolean })._disableExpensiveErrorDiagnostics;
/** Whose message is put together when it is read; by its name the package gives it the stack of the test. */
const lazyError = (message: string | null, container: Element) =>
  Object.defineProperties(new Error(), {
    name: { value: 'TestingLibraryElementError' },
    message: { configurable: true, get: () => getElementError(message, container).message },
  });

configure({
  // A busy machine may take its time; what never comes still fails.
  asyncUtilTimeout: 15_000,
  // Printing the whole document for each look that finds nothing yet took a sixth of the time.
  getElementError: (message, container) => (looksAgain() ? lazyError : getElementError)(message, container),
});

let consoleErrors: string[] = [];

beforeAll(() => {
  // The library itself does so only for the first file of a worker, whose modules stay loaded.
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});

beforeEach(() => {
  consoleErrors = [];
  jest.spyOn(console, 'error').mockImplementation((...parts: unknown[]) => {
    const text = parts.map(String).join(' ');
    // Timers of the kit may cause updates between two steps of a test, which is harmless.
    if (!text.includes('was not wrapped in act(')) consoleErrors.push(text);
  });
});

// Fails on console errors, in which React reports what will break next.
afterEach(() => {
  cleanup();
  setSessionEnded(false);
  clearUnseen();
  jest.restoreAllMocks();
  // oxlint-disable-next-line jest/no-standalone-expect -- it belongs to every test
  expect(consoleErrors).toEqual([]);
});
