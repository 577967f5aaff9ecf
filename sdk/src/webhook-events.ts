import type { DomainEvent, EventData, EventType } from './catalogue.js';
import { publishEvent, type Published } from './publish.js';

/** The input of a helper: the fields of the event and `agencyId` in one flat object. */
export type EventInput<T extends EventType> = EventData[T] & {
  /** The agency whose webhooks receive it; not part of the message. */
  agencyId: string;
  /** When it happened. Default: when the server accepts it. */
  occurredAt?: string | Date;
  /** Your own key: the same key publishes only once in 7 days. Default: a random one. */
  id?: string;
};

function publisher<T extends EventType>(type: T): (input: EventInput<T>) => Promise<Published> {
  return async ({ agencyId, occurredAt, id, ...data }) =>
    // The rest of EventInput<T> is EventData[T]; the compiler cannot follow a rest over a generic intersection.
    publishEvent({ type, agencyId, occurredAt, id, data } as unknown as DomainEvent);
}

/** A new application was submitted. */
export const webhookApplicationCreated = publisher('application.created');
/** The status of an application changed, e.g. from applied to shortlisted. */
export const webhookApplicationStatusChanged = publisher('application.status_changed');
/** An interview was booked. */
export const webhookInterviewScheduled = publisher('interview.scheduled');
/** An interview took place. */
export const webhookInterviewCompleted = publisher('interview.completed');
/** An offer was sent to the candidate. */
export const webhookOfferSent = publisher('offer.sent');
/** The candidate accepted the offer. */
export const webhookOfferAccepted = publisher('offer.accepted');
/** The candidate rejected the offer. */
export const webhookOfferRejected = publisher('offer.rejected');
/** A recording is processed and available. */
export const webhookVideoRecordingReady = publisher('video.recording.ready');
/** The transcript of a recording is ready. */
export const webhookVideoTranscriptCompleted = publisher('video.transcript.completed');
/** A candidate was hired. */
export const webhookPlacementCreated = publisher('placement.created');
