import { describe, expect, it } from '@jest/globals';
import { EVENT_DEFINITIONS, exampleData } from '../../events/catalogue/catalogue.js';
import { messageBody } from '../../events/publishable-event.js';
import { contentProblems, reduced } from './content.js';

const AT = new Date('2026-01-22T10:30:00.000Z');

describe('the content of a message', () => {
  it('is ids alone: no name, address, status, time or link of any type', () => {
    for (const definition of EVENT_DEFINITIONS) {
      const body = messageBody(definition.type, AT, exampleData(definition));
      const { event, timestamp, data } = JSON.parse(reduced(body, 'ids')) as { data: object } & Record<string, string>;
      expect([event, timestamp]).toEqual([definition.type, AT.toISOString()]);
      const ids = definition.fields.filter(({ reference }) => reference).map(({ name }) => name);
      expect(Object.keys(data)).toEqual(ids);
    }
  });

  it('is the chosen fields in the order of the event, with their exact values', () => {
    const data = { applicationId: 'a\u0000"', jobTitle: 'Köchin 🍲', candidateName: '', candidateId: 'c' };
    const body = messageBody('application.created', AT, data);
    expect(reduced(body, { fields: ['candidateName', 'jobTitle', 'reason'] })).toBe(
      messageBody('application.created', AT, { jobTitle: 'Köchin 🍲', candidateName: '' }),
    );
    const test = messageBody('webhook.test', AT, { message: 'Hello' });
    expect(reduced(test, 'ids')).toBe(test);
  });

  it('names fields of subscribed types only', () => {
    const offers = (type: string) => type.startsWith('offer.');
    expect(contentProblems({ fields: ['offerId', 'reason'] }, offers)).toEqual([]);
    expect(contentProblems({ fields: ['offerId', 'newStatus', 'constructor'] }, offers)).toMatchObject([
      { field: 'content.fields.1', code: 'unknown_field' },
      { field: 'content.fields.2', code: 'unknown_field' },
    ]);
    for (const content of ['ids', 'full', undefined] as const) expect(contentProblems(content, offers)).toEqual([]);
  });
});
