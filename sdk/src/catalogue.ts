/*
 * The ten events and their fields, as the server's catalogue has them. Ids are opaque non-empty strings of up to 128 characters,
 * times are RFC 3339 in UTC (`2026-01-22T10:30:00Z`), addresses are absolute URLs.
 */

export interface EventData {
  'application.created': {
    applicationId: string;
    jobId: string;
    candidateId: string;
    candidateName: string;
    candidateEmail: string;
    jobTitle: string;
  };
  'application.status_changed': {
    applicationId: string;
    jobId: string;
    candidateId: string;
    oldStatus: string;
    newStatus: string;
  };
  'interview.scheduled': {
    interviewId: string;
    applicationId: string;
    candidateId: string;
    scheduledAt: string;
    interviewType: string;
    meetingLink: string;
  };
  'interview.completed': {
    interviewId: string;
    applicationId: string;
    candidateId: string;
    completedAt: string;
    interviewType: string;
    outcome?: string;
  };
  'offer.sent': { offerId: string; applicationId: string; candidateId: string; sentAt: string };
  'offer.accepted': { offerId: string; applicationId: string; candidateId: string; acceptedAt: string };
  'offer.rejected': {
    offerId: string;
    applicationId: string;
    candidateId: string;
    rejectedAt: string;
    reason?: string;
  };
  'video.recording.ready': {
    recordingId: string;
    interviewId: string;
    applicationId: string;
    candidateId: string;
    recordingUrl: string;
    durationSeconds: number;
  };
  'video.transcript.completed': {
    transcriptId: string;
    recordingId: string;
    interviewId: string;
    applicationId: string;
    candidateId: string;
    transcriptUrl: string;
  };
  'placement.created': {
    placementId: string;
    applicationId: string;
    jobId: string;
    candidateId: string;
    startDate: string;
  };
}

export type EventType = keyof EventData;

/** What is published: `data` fits `type`. */
export type DomainEvent = {
  [T in EventType]: {
    type: T;
    /** The agency whose webhooks hear of it. It routes the event and is not part of the message. */
    agencyId: string;
    data: EventData[T];
    /** When it happened; left out, the moment the server accepts it. */
    occurredAt?: string | Date;
    /** Your own key of 1 to 128 characters: the same key again publishes nothing new, for 7 days. Left out, a random one. */
    id?: string;
  };
}[EventType];
