import { EventType, DateField, IdField } from './event-type.js';

/** Fires when the placement is stored: the end of a successful application. */
@EventType({
  type: 'placement.created',
  title: 'Hired',
  sentWhen: 'Sent when a candidate was hired.',
  version: 1,
  sentence: ({ who, isNamed, ofJob, time }) => [
    who,
    isNamed ? ` was hired, first day ${time('startDate')}` : ` starts on ${time('startDate')}`,
    ...ofJob,
  ],
})
export class PlacementCreated {
  @IdField('placement', 'The placement', 'uuid-pla')
  placementId: string;

  @IdField('application', 'The application', 'uuid-123')
  applicationId: string;

  @IdField('job', 'The job that was applied for', 'uuid-456')
  jobId: string;

  @IdField('candidate', 'The candidate', 'uuid-789')
  candidateId: string;

  @DateField('First day of work', '2026-02-01')
  startDate: string;
}
