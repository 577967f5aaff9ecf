import { describe, expect, it } from '@jest/globals';
import { excerptOf, masked } from './masked.js';

const event = { data: { candidateName: 'Maria Santos', candidateEmail: 'maria@example.com', steps: ['Maria'], n: 5 } };

describe('what is handed on of an answer', () => {
  it('has no value of the event, no email address and no phone number', () => {
    const text = 'Maria Santos <maria@example.com> is unknown to hr@crm.example, call +49 (30) 901-820 or 030 9018200.';
    expect(masked(text, event)).toBe('••• <•••> is unknown to •••, call ••• or •••.');
  });

  it('keeps what helps: times, statuses, ids and short numbers', () => {
    const text = '{"error":"503","until":"2026-11-30 16:00","id":"0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21","n":20451}';
    expect(masked(text, event)).toBe(text);
  });

  it('is of a page its text, also behind long styles, and of anything else how it begins', () => {
    const page = `<!DOCTYPE html><html><head><title>Error</title><style>${'b{}'.repeat(400)}</style></head>
      <body><img alt="Logo"><div>TypeError: &quot;Maria Santos&quot; is not a row (line 7)</div></body></html>`;
    expect(excerptOf(page, event)).toBe('Error TypeError: "•••" is not a row (line 7)');
    expect(excerptOf(`<b>${'x'.repeat(900)}`, event)).toBe(`<b>${'x'.repeat(497)}`);
    const begun = performance.now();
    expect(excerptOf(`<html>${'<style <'.repeat(500)}`, event)).toBe('');
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
