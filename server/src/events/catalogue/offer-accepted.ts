import { EventType, IdField, TimeField } from './event-type.js';

/** Fires when the candidate presses accept; the hire itself is placement.created. */
@EventType({
  type: 'offer.accepted',
  title: 'Offer accepted',
  sentWhen: 'Sent when the candidate accepted the offer.',
  version: 1,
  sentence: ({ who, isNamed, ofJob }) => [who, isNamed ? ' accepted the offer' : ' was accepted', ...ofJob],
})
export class OfferAccepted {
  @IdField('offer', 'The offer', 'uuid-def')
  offerId: string;

  @IdField('application', 'The application', 'uuid-123')
  applicationId: string;

  @IdField('candidate', 'The candidate', 'uuid-789')
  candidateId: string;

  @TimeField('When it was accepted', '2026-01-22T10:29:00Z')
  acceptedAt: string;
}
