import type { DomainEvent, EventData, EventType } from './catalogue.js';

/** The input of a helper: the fields of the event and `agencyId` in one flat object. */
export type EventInput<T extends EventType> = EventData[T] & {
  /** The agency whose webhooks receive it; not part of the message. */
  agencyId: string;
  /** When it happened. Default: now. */
  occurredAt?: string | Date;
  /** Your own key: the same key publishes only once in 7 days. Default: a random one. */
  id?: string;
  /** The trace it belongs to, in the header format of W3C Trace Context; ignored if invalid. */
  traceparent?: string;
};

const TYPES = {
  /** A new application was submitted. */
  webhookApplicationCreated: 'application.created',
  /** The status of an application changed, e.g. from applied to shortlisted. */
  webhookApplicationStatusChanged: 'application.status_changed',
  /** An interview was booked. */
  webhookInterviewScheduled: 'interview.scheduled',
  /** An interview took place. */
  webhookInterviewCompleted: 'interview.completed',
  /** An offer was sent to the candidate. */
  webhookOfferSent: 'offer.sent',
  /** The candidate accepted the offer. */
  webhookOfferAccepted: 'offer.accepted',
  /** The candidate rejected the offer. */
  webhookOfferRejected: 'offer.rejected',
  /** A recording is processed and available. */
  webhookVideoRecordingReady: 'video.recording.ready',
  /** The transcript of a recording is ready. */
  webhookVideoTranscriptCompleted: 'video.transcript.completed',
  /** A candidate was hired. */
  webhookPlacementCreated: 'placement.created',
} as const satisfies Record<string, EventType>;

type Types = typeof TYPES;

/** One helper for each event; `Rest` are the parameters after the input. */
export type WebhookHelpers<Rest extends unknown[], Result> = {
  [Name in keyof Types]: (input: EventInput<Types[Name]>, ...rest: Rest) => Promise<Result>;
};

/** Makes the helpers from a publish function. They never throw synchronously. */
export function webhookHelpers<Rest extends unknown[], Result>(
  publish: (event: DomainEvent, ...rest: Rest) => Promise<Result>,
): WebhookHelpers<Rest, Result> {
  const helper =
    (type: EventType) =>
    async ({ agencyId, occurredAt, id, traceparent, ...data }: EventInput<EventType>, ...rest: Rest): Promise<Result> =>
      // The rest of EventInput<T> is EventData[T]; the compiler cannot follow a rest over a generic intersection.
      publish({ type, agencyId, occurredAt, id, traceparent, data } as unknown as DomainEvent, ...rest);
  const helpers = Object.entries(TYPES).map(([name, type]) => [name, helper(type)]);
  return Object.fromEntries(helpers) as WebhookHelpers<Rest, Result>;
}
