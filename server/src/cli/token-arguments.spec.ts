import { describe, expect, it } from '@jest/globals';
import { readTokenCommand } from './token-arguments.js';

const A = '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21';
const B = '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e22';
const NOW = Date.parse('2026-01-22T10:00:00Z');
const read = (text: string) => readTokenCommand(text.split(' '), NOW);

describe('the arguments of npm run token', () => {
  it('are parsed', () => {
    expect(read('create --name Jobs --scopes publish,erase --all')).toEqual({
      name: 'create',
      wanted: { name: 'Jobs', scopes: ['publish', 'erase'], agencyIds: null, expiresAt: null },
    });
    expect(
      read(`create --name Jobs --scopes agencies --agency ${A.toUpperCase()} --agency ${B} --expires 90d`),
    ).toEqual({
      name: 'create',
      wanted: {
        name: 'Jobs',
        scopes: ['agencies'],
        agencyIds: [A, B],
        expiresAt: new Date('2026-04-22T10:00:00Z'),
      },
    });
    expect(read('list')).toEqual({ name: 'list' });
    expect(read(`revoke ${A}`)).toEqual({ name: 'revoke', id: A });
  });

  it.each([
    [''],
    ['remove x'],
    ['list --all'],
    ['revoke'],
    [`revoke ${A} ${B}`],
    ['create --scopes publish --all'],
    ['create --name x --all'],
    ['create --name x --scopes publish'],
    [`create --name x --scopes publish --all --agency ${A}`],
    ['create --name x --scopes publish --all --colour red'],
  ])('are answered with the usage if invalid: %s', (text) => {
    expect(() => read(text)).toThrow(/npm run token -- create/);
  });

  it.each([
    ['--scopes everything --all', '"everything" is not a scope: publish, agencies, erase, rejected, support.'],
    ['--scopes publish --agency acme', '"acme" is not the id of an agency.'],
    ['--scopes publish --all --expires 0d', '"0d" is not a time such as 90d or 12h.'],
    ['--scopes publish --all --expires 3weeks', '"3weeks" is not a time'],
    ['--scopes publish --all --expires 999999d', '"999999d" is not a time'],
  ])('are refused with the invalid value: %s', (text, message) => {
    expect(() => read(`create --name x ${text}`)).toThrow(message);
  });
});
