import { EventType, IdField, TextField, TimeField } from './event-type.js';

/** Fires when the candidate says no; an offer that is withdrawn by the agency does not count. */
@EventType({
  type: 'offer.rejected',
  title: 'Offer rejected',
  sentWhen: 'Sent when the candidate rejected the offer.',
  version: 1,
  sentence: ({ who, isNamed, ofJob }) => [who, isNamed ? ' rejected the offer' : ' was rejected', ...ofJob],
})
export class OfferRejected {
  @IdField('offer', 'The offer', 'uuid-def')
  offerId: string;

  @IdField('application', 'The application', 'uuid-123')
  applicationId: string;

  @IdField('candidate', 'The candidate', 'uuid-789')
  candidateId: string;

  @TimeField('When it was rejected', '2026-01-22T10:29:00Z')
  rejectedAt: string;

  @TextField('What the candidate gave as the reason', 'Took another job', { required: false })
  reason?: string;
}
