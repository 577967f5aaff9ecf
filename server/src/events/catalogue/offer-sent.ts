import { EventType, IdField, TimeField } from './event-type.js';

/** Fires when the offer leaves, not when it is drafted. */
@EventType({
  type: 'offer.sent',
  title: 'Offer sent',
  sentWhen: 'Sent when an offer went to the candidate.',
  version: 1,
  sentence: ({ who, isNamed, ofJob }) =>
    isNamed ? ['An offer was sent to ', who, ...ofJob] : [who, ' was sent', ...ofJob],
})
export class OfferSent {
  @IdField('offer', 'The offer', 'uuid-def')
  offerId: string;

  @IdField('application', 'The application', 'uuid-123')
  applicationId: string;

  @IdField('candidate', 'The candidate', 'uuid-789')
  candidateId: string;

  @TimeField('When it was sent', '2026-01-22T09:00:00Z')
  sentAt: string;
}
