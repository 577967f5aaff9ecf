import { afterEach, beforeEach, expect, jest } from '@jest/globals';
import { cleanup, configure, getConfig } from '@testing-library/react';
import { clearUnseen } from '../api/live/unseen-items';
import { setSessionEnded } from '../api/session-end';

const { getElementError } = getConfig();
/** Within `waitFor` and `findBy…`; the package's types leave it out. */
const looksAgain = () =>
  (getConfig() as { _disableExpensiveErrorDiagnostics?: boolean })._disableExpensiveErrorDiagnostics;
/** By its name the package knows an error whose stack shall be the test's. */
const quickError = (message: string | null) =>
  Object.assign(new Error(message ?? ''), { name: 'TestingLibraryElementError' });

configure({
  // A busy machine may take its time; what never comes still fails.
  asyncUtilTimeout: 5_000,
  // The whole document in an error that is only a reason to look again took a sixth of the time. The last one has it:
  // `waitFor` asks for it once the time is up.
  getElementError: (message, container) => (looksAgain() ? quickError(message) : getElementError(message, container)),
});

let consoleErrors: string[] = [];

beforeEach(() => {
  consoleErrors = [];
  jest.spyOn(console, 'error').mockImplementation((...parts: unknown[]) => {
    const text = parts.map(String).join(' ');
    // That a timer of the kit moved something between two steps of a test says nothing about the screen.
    if (!text.includes('was not wrapped in act(')) consoleErrors.push(text);
  });
});

// A screen that works but complains is not done: React says there what will break next.
afterEach(() => {
  cleanup();
  setSessionEnded(false);
  clearUnseen();
  jest.restoreAllMocks();
  // oxlint-disable-next-line jest/no-standalone-expect -- it belongs to every test
  expect(consoleErrors).toEqual([]);
});
