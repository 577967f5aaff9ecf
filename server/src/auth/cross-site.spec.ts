import { describe, expect, it } from '@jest/globals';
import { isCrossSite } from './cross-site.js';

const asked = (headers: Record<string, string>, { method = 'POST', publicUrl = null as string | null } = {}) =>
  isCrossSite({ method, headers, host: 'localhost:3000' }, publicUrl);

describe('a change that another site asks for', () => {
  it('is known by what the browser says of itself', () => {
    expect(asked({ 'sec-fetch-site': 'cross-site' })).toBe(true);
    expect(asked({ 'sec-fetch-site': 'same-site' })).toBe(true);
    expect(asked({ 'sec-fetch-site': 'same-origin' })).toBe(false);
    expect(asked({ 'sec-fetch-site': 'none' })).toBe(false);
  });

  it('is known by its origin where the browser is too old to say so', () => {
    expect(asked({ origin: 'http://localhost:3000' })).toBe(false);
    expect(asked({ origin: 'http://localhost:4000' })).toBe(true);
    expect(asked({ origin: 'null' })).toBe(true);
  });

  it('is measured against the public address where there is one', () => {
    expect(asked({ origin: 'https://webhooks.example' }, { publicUrl: 'https://webhooks.example' })).toBe(false);
    expect(asked({ origin: 'http://localhost:3000' }, { publicUrl: 'https://webhooks.example' })).toBe(true);
  });

  it('cannot be when no browser is involved, or nothing is changed', () => {
    expect(asked({})).toBe(false);
    expect(asked({ 'sec-fetch-site': 'cross-site' }, { method: 'GET' })).toBe(false);
  });

  it('does not become harmless by a method that is rarely used', () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      expect(asked({ 'sec-fetch-site': 'cross-site' }, { method })).toBe(true);
    }
  });
});
