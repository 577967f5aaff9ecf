import type { EntityManager } from 'typeorm';
import { PublishAsWebhook } from 'bpoc-webhooks/nest';
import type { Application } from './application.entity.js';
import { SETTINGS } from './settings.js';

/**
 * A domain event of this service, sent with `emitAsync` in the transaction that it carries. The decorator publishes it
 * in the same transaction.
 */
@PublishAsWebhook(
  'placement.created',
  ({ placementId, application, startDate }: CandidateHired) => ({
    placementId,
    applicationId: application.id,
    jobId: application.jobId,
    candidateId: application.candidateEmail,
    startDate,
    agencyId: SETTINGS.agencyId,
  }),
  { tx: ({ manager }) => manager },
)
export class CandidateHired {
  static readonly NAME = 'candidate.hired';

  constructor(
    readonly placementId: string,
    readonly application: Application,
    readonly startDate: string,
    readonly manager: EntityManager,
  ) {}
}
