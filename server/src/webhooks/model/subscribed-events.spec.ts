import { describe, expect, it } from '@jest/globals';
import { subscriptionProblems } from './subscribed-events.js';

describe('a webhook', () => {
  it('may subscribe to types, groups and everything', () => {
    expect(subscriptionProblems(['application.created', 'video.*', '*'])).toEqual([]);
  });

  it.each([
    'videos.*',
    'application',
    'application.',
    'video.recording.*',
    '**',
    '',
    'Application.created',
    'webhook.test',
  ])('may not subscribe to %j; the error names the entry', (pattern) => {
    expect(subscriptionProblems(['offer.sent', pattern])).toMatchObject([
      { field: 'events.1', code: 'unknown_event_type' },
    ]);
  });
});
