import { describe, expect, it } from '@jest/globals';
import { EVENT_DEFINITIONS, type EventDefinition } from './catalogue.js';

/**
 * The fields of `data` that agencies were told of: those of version 1, then those that each later version added. A line is added here, never
 * changed: receivers may rely on every field.
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
    'counts a version of %s for whatever was added, and keeps all fields',
    (type, definition) => {
      const told = VERSIONS[type] ?? [];
      expect(fieldsOf(definition).toSorted()).toEqual(told.flatMap((version) => version.split(', ')).toSorted());
      expect(definition.version).toBe(told.length);
    },
  );

  it('keeps all types', () => {
    expect(EVENT_DEFINITIONS.map(({ type }) => type)).toEqual(Object.keys(VERSIONS));
  });
});
