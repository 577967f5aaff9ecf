import { EventType, IdField, TextField, TimeField, UrlField } from './event-type.js';

/** Fires when the booking is stored; a new time for the same interview fires again. */
@EventType({
  type: 'interview.scheduled',
  title: 'Interview booked',
  sentWhen: 'Sent when an interview was booked.',
  version: 1,
  sentence: ({ who, isNamed, ofJob, words, time }) => [
    who,
    isNamed ? ` has an interview (${words('interviewType')}) on ` : ` (${words('interviewType')}) is booked for `,
    time('scheduledAt'),
    ...ofJob,
  ],
})
export class InterviewScheduled {
  @IdField('interview', 'The interview', 'uuid-abc')
  interviewId: string;

  @IdField('application', 'The application', 'uuid-123')
  applicationId: string;

  @IdField('candidate', 'The candidate', 'uuid-789')
  candidateId: string;

  @TimeField('When it will take place', '2026-01-25T14:00:00Z')
  scheduledAt: string;

  @TextField('Which round it is', 'client_round_1')
  interviewType: string;

  @UrlField('Where to join', 'https://bpoc.daily.co/room-name')
  meetingLink: string;
}
