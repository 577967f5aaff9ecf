import { describe, expect, it } from '@jest/globals';
import { masked } from './masked.js';

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
});
