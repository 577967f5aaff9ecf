import { describe, expect, it } from '@jest/globals';
import { isCrossSite } from './access.guard.js';

const isRefused = (headers: Record<string, string>, { method = 'POST', publicUrl = null as string | null } = {}) =>
  isCrossSite({ method, headers, host: 'localhost:3000' }, publicUrl);

describe('a cross-site change', () => {
  it('is recognised by Sec-Fetch-Site', () => {
    expect(isRefused({ 'sec-fetch-site': 'cross-site' })).toBe(true);
    expect(isRefused({ 'sec-fetch-site': 'same-site' })).toBe(true);
    expect(isRefused({ 'sec-fetch-site': 'same-origin' })).toBe(false);
    expect(isRefused({ 'sec-fetch-site': 'none' })).toBe(false);
  });

  it('is recognised by Origin in older browsers', () => {
    expect(isRefused({ origin: 'http://localhost:3000' })).toBe(false);
    expect(isRefused({ origin: 'http://localhost:4000' })).toBe(true);
    expect(isRefused({ origin: 'null' })).toBe(true);
  });

  it('is checked against the public URL where one is set', () => {
    expect(isRefused({ origin: 'https://webhooks.example' }, { publicUrl: 'https://webhooks.example' })).toBe(false);
    expect(isRefused({ origin: 'http://localhost:3000' }, { publicUrl: 'https://webhooks.example' })).toBe(true);
  });

  it('requires a browser and a method that changes something', () => {
    expect(isRefused({})).toBe(false);
    expect(isRefused({ 'sec-fetch-site': 'cross-site' }, { method: 'GET' })).toBe(false);
  });

  it('is recognised for every unsafe method', () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      expect(isRefused({ 'sec-fetch-site': 'cross-site' }, { method })).toBe(true);
    }
  });
});
