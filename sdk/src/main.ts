export type { DomainEvent, EventData, EventType } from './catalogue.js';
export { configureWebhooks, type WebhooksConfiguration } from './configuration.js';
export { ensureWebhook, type EnsuredWebhook, type WebhookToEnsure } from './ensure-webhook.js';
export {
  createPublisher,
  publishEvent,
  publishEvents,
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
  type Published,
  type Publisher,
} from './publish.js';
export { PublishError, type FieldError, type PublishErrorCode } from './publish-error.js';
export { VerificationError, type VerificationCode } from './verification-error.js';
export type { HeaderSource, MessageBody, VerifyInput, WebhookMessage } from './message.js';
export { verify, verifyLegacy } from './verify.js';
export type { EventInput, WebhookHelpers } from './webhook-events.js';
