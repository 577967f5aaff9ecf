import { EventType, IdField, TextField, TimeField } from './event-type.js';

/** Fires when the interviewer closes the interview. */
@EventType({
  type: 'interview.completed',
  title: 'Interview finished',
  sentWhen: 'Sent when an interview was finished.',
  version: 1,
  sentence: ({ who, isNamed, ofJob, words, has }) => [
    who,
    isNamed ? ` finished an interview (${words('interviewType')})` : ` (${words('interviewType')}) is finished`,
    ...(has('outcome') ? [': ', { text: words('outcome'), strong: true }] : []),
    ...ofJob,
  ],
})
export class InterviewCompleted {
  @IdField('interview', 'The interview', 'uuid-abc')
  interviewId: string;

  @IdField('application', 'The application', 'uuid-123')
  applicationId: string;

  @IdField('candidate', 'The candidate', 'uuid-789')
  candidateId: string;

  @TimeField('When it ended', '2026-01-25T14:45:00Z')
  completedAt: string;

  @TextField('Which round it is', 'client_round_1')
  interviewType: string;

  @TextField('What the interviewer decided, when known', 'passed', { required: false })
  outcome?: string;
}
