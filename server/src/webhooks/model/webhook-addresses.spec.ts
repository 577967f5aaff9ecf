import { expect, it } from '@jest/globals';
import { maskedAddress } from './webhook-addresses.js';

it.each([
  ['https://hooks.example.org/in', 'https://hooks.example.org/in'],
  [
    'https://hooks.example.org:8443/api/v2/candidate-events/',
    'https://hooks.example.org:8443/api/v2/candidate-events/',
  ],
  ['https://hooks.slack.com/services/T024/B9X1/8sd7fGh3kLm2Qw9zXc4vBn6M', 'https://hooks.slack.com/services/…/…/…Bn6M'],
  ['https://user:secret@hooks.example.org/in', 'https://hooks.example.org/in'],
  ['https://hooks.example.org/in?key=letmein&tenant=', 'https://hooks.example.org/in?key=…&tenant='],
  ['https://hooks.example.org/?letmein17', 'https://hooks.example.org/?…='],
  ['https://hooks.example.org/correcthorsebatterystaple', 'https://hooks.example.org/…aple'],
  ['https://hooks.example.org/in#letmein17', 'https://hooks.example.org/in'],
  ['no address', '…'],
])('the audit log keeps %s as %s', (url, masked) => {
  expect(maskedAddress(url)).toBe(masked);
});
