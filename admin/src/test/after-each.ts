import { afterEach, beforeEach, expect, jest } from '@jest/globals';
import { cleanup, configure } from '@testing-library/react';
import { clearUnseen } from '../api/live/unseen-items';
import { setSessionEnded } from '../api/session-end';

// A busy machine may take its time; what never comes still fails.
configure({ asyncUtilTimeout: 5_000 });

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
