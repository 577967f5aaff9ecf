import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERRORS } from '../lib/app-error.js';

describe('docs/errors.md', () => {
  const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` +\| (\d{3}) +\| (.+?) +\| (.+?) +\|$/gm)];

  it('lists every error code with its status, and no others', () => {
    const documented = Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]));
    const known = Object.fromEntries(Object.entries(ERRORS).map(([code, { status }]) => [code, status]));
    expect(documented).toEqual(known);
  });

  it('states a cause and a fix for each', () => {
    for (const [, code, , cause, fix] of rows) {
      expect([code, cause!.length > 10, fix!.length > 5]).toEqual([code, true, true]);
    }
  });
});
