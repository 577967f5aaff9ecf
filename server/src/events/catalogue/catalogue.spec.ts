import { describe, expect, it } from '@jest/globals';
import { EVENT_DEFINITIONS, subscriptionProblems, type EventDefinition } from './catalogue.js';

/**
 * The published fields of `data`: those of version 1, then those added by each later version. Add lines, never
 * change them: receivers may rely on every field. Every type also takes the optional names of candidate and job.
 */
const VERSIONS: Record<string, string[]> = {
  'application.created': [
    'applicationId: id, jobId: id, candidateId: id, candidateName: text, candidateEmail: text, jobTitle: text',
  ],
  'application.status_changed': ['applicationId: id, jobId: id, candidateId: id, oldStatus: text, newStatus: text'],
  'interview.scheduled': [
    'interviewId: id, applicationId: id, candidateId: id, scheduledAt: time, interviewType: text, meetingLink: url',
  ],
  'interview.completed': [
    'interviewId: id, applicationId: id, candidateId: id, completedAt: time, interviewType: text, outcome?: text',
  ],
  'offer.sent': ['offerId: id, applicationId: id, candidateId: id, sentAt: time'],
  'offer.accepted': ['offerId: id, applicationId: id, candidateId: id, acceptedAt: time'],
  'offer.rejected': ['offerId: id, applicationId: id, candidateId: id, rejectedAt: time, reason?: text'],
  'video.recording.ready': [
    'recordingId: id, interviewId: id, applicationId: id, candidateId: id, recordingUrl: url, durationSeconds: number',
  ],
  'video.transcript.completed': [
    'transcriptId: id, recordingId: id, interviewId: id, applicationId: id, candidateId: id, transcriptUrl: url',
  ],
  'placement.created': ['placementId: id, applicationId: id, jobId: id, candidateId: id, startDate: date'],
};

const fieldsOf = ({ fields }: EventDefinition) =>
  fields.map(({ name, type, required }) => `${name}${required ? '' : '?'}: ${type}`);

describe('the catalogue', () => {
  it.each(EVENT_DEFINITIONS.map((definition) => [definition.type, definition] as const))(
    'raises the version of %s with each addition, and keeps all fields',
    (type, definition) => {
      const versions = [...(VERSIONS[type] ?? [])];
      const names = ['candidateName?: text', 'jobTitle?: text'];
      if (type !== 'application.created') versions[0] = [versions[0], ...names].join(', ');
      expect(fieldsOf(definition).toSorted()).toEqual(versions.flatMap((version) => version.split(', ')).toSorted());
      expect(definition.version).toBe(versions.length);
    },
  );

  it('keeps all types', () => {
    expect(EVENT_DEFINITIONS.map(({ type }) => type)).toEqual(Object.keys(VERSIONS));
  });
});

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
