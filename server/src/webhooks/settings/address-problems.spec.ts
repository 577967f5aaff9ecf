import { describe, expect, it } from '@jest/globals';
import { compileAddressRules } from '../../outbound/address-guard.js';
import { addressProblems } from './address-problems.js';

const rules = compileAddressRules([]);

describe('the address of a webhook', () => {
  it('may be a public https address', () => {
    expect(addressProblems('https://hooks.payroll.example/bpoc?key=1', rules)).toEqual([]);
  });

  it.each([
    ['', 'required', 'Enter the web address your developer gave you.'],
    ['http://hooks.payroll.example/', 'not_https', 'Use an address that starts with https:// so the data is safe.'],
    [
      'https://10.0.0.1/',
      'private_address',
      'We cannot reach addresses inside a private network. Use a public one, or the test inbox.',
    ],
    ['https://me:secret@hooks.payroll.example/', 'userinfo', 'Remove the name and password from the address.'],
    [
      'https://hooks.payroll.example:22/',
      'port',
      'This port is not allowed. Leave it out, or use one of 1024 and above.',
    ],
  ])('%j is refused with a plain sentence', (url, code, message) => {
    expect(addressProblems(url, rules)).toEqual([{ field: 'url', code, message }]);
  });
});
