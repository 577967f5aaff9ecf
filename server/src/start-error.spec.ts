import { expect, it } from '@jest/globals';
import { startFault } from './start-error.js';

const fault = (code: string, syscall: string) =>
  Object.assign(new Error(`${code}: refused`), { code, syscall, path: '/data/x' });

it.each(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC'])(
  '%s is reported as a problem of DATA_DIR',
  (code) => {
    const sentence = `DATA_DIR must be a folder that this process may read and write: ${code}: refused.`;
    expect(startFault(fault(code, 'open'))).toBe(sentence);
  },
);

it('a bug has no message for operators, so that its stack is shown', () => {
  expect(startFault(new TypeError('x is not a function'))).toBeNull();
  expect(startFault(fault('ENOENT', 'open'))).toBeNull();
  expect(startFault(fault('EACCES', 'spawn /usr/bin/postgres'))).toBeNull();
});
