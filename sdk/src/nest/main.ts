export { BpocWebhooksModule, type BpocWebhooksAsyncOptions } from './module.js';
export { PublishAsWebhook, type PublishAsWebhookOptions } from './publish-as-webhook.js';
export { RecordingPublisher } from './recording-publisher.js';
export { WebhookPublisher, type BpocWebhooksOptions, type OutboxOptions } from './webhook-publisher.js';
