import { EventType, IdField, TextField } from './event-type.js';

/** Fires on every move (applied → shortlisted → …), never when the status stays the same. */
@EventType({
  type: 'application.status_changed',
  title: 'Moved to another status',
  sentWhen: 'Sent when an application moved to another status.',
  version: 1,
  sentence: ({ who, ofJob, words }) => [
    who,
    ` moved from ${words('oldStatus')} to `,
    { text: words('newStatus'), strong: true },
    ...ofJob,
  ],
})
export class ApplicationStatusChanged {
  @IdField('application', 'The application', 'uuid-123')
  applicationId: string;

  @IdField('job', 'The job that was applied for', 'uuid-456')
  jobId: string;

  @IdField('candidate', 'The candidate', 'uuid-789')
  candidateId: string;

  @TextField('Status before', 'applied')
  oldStatus: string;

  @TextField('Status now', 'shortlisted')
  newStatus: string;
}
