import { describe, expect, it } from '@jest/globals';
import { fieldWords } from '../copy-forms';
import { addressProblem, addressTip } from './address-check';

describe('the address as typed', () => {
  it.each([
    ['', fieldWords.urlEmpty],
    ['   ', fieldWords.urlEmpty],
    ['payroll', fieldWords.urlBroken],
    ['ftp://example.com', fieldWords.urlBroken],
    ['http://example.com/hook', fieldWords.urlNotSecure],
    ['https://user:secret@example.com', fieldWords.urlLogin],
  ])('%s is refused with a sentence', (typed, sentence) => {
    expect(addressProblem(typed)).toBe(sentence);
  });

  it.each([
    'https://hooks.payroll.example/bpoc',
    ' https://example.com ',
    'http://localhost:4000/x',
    'http://127.0.0.1:9',
  ])('%s is left to the server', (typed) => {
    expect(addressProblem(typed)).toBeNull();
  });

  it('has hints for well-known services', () => {
    expect(addressTip('https://hooks.zapier.com/hooks/catch/1')).toContain('Zapier');
    expect(addressTip('https://notzapier.com.example/')).toBeNull();
  });
});
