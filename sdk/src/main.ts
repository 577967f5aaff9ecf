export type { DomainEvent, EventData, EventType } from './catalogue.js';
export { configureWebhooks, type WebhooksConfiguration } from './configuration.js';
export { publishEvent, publishEvents, type Published } from './publish.js';
export { PublishError, type FieldError, type PublishErrorCode } from './publish-error.js';
export { VerificationError, type VerificationCode } from './verification-error.js';
export {
  verify,
  verifyLegacy,
  type HeaderSource,
  type MessageBody,
  type VerifyInput,
  type WebhookMessage,
} from './verify.js';
export {
  webhookApplicationCreated,
  webhookApplicationStatusChanged,
  webhookInterviewCompleted,
  webhookInterviewScheduled,
  webhookOfferAccepted,
  webhookOfferRejected,
  webhookOfferSent,
  webhookPlacementCreated,
  webhookVideoRecordingReady,
  webhookVideoTranscriptCompleted,
  type EventInput,
} from './webhook-events.js';
