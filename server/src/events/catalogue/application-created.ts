import { EventType, IdField, TextField } from './event-type.js';

/** Fires once per application, when it is stored; drafts do not count. */
@EventType({
  type: 'application.created',
  title: 'New application',
  sentWhen: 'Sent when a candidate has submitted a new application.',
  version: 1,
  sentence: ({ who, isNamed, job }) => [who, isNamed ? ' applied for ' : ' came in for ', job],
})
export class ApplicationCreated {
  @IdField('application', 'The application', 'uuid-123')
  applicationId: string;

  @IdField('job', 'The job that was applied for', 'uuid-456')
  jobId: string;

  @IdField('candidate', 'The candidate', 'uuid-789')
  candidateId: string;

  @TextField('Full name of the candidate', 'Maria Santos')
  candidateName: string;

  @TextField('Email address of the candidate', 'maria@example.com')
  candidateEmail: string;

  @TextField('Title of the job at that moment', 'Customer Service Representative')
  jobTitle: string;
}
