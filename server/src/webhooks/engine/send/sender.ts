import { Injectable } from '@nestjs/common';
import { GuardedClient } from '../../../outbound/guarded-client.js';
import type { SentRequest } from '../queue/attempt-record.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import { messageHeaders } from './message-headers.js';
import { outcomeOf, type Outcome } from './outcome.js';
import { WebhookConfigs, type WebhookConfig } from '../webhook-configs.js';

/*
 * One attempt: headers, signatures and the request; every result is an outcome. Never throws. Called by the dispatcher
 * and by the test button, so a test is signed and guarded exactly like a live delivery.
 */

export interface SentAttempt {
  startedAtMs: number;
  outcome: Outcome;
  request: SentRequest | null;
  /** null when the configuration could not be read. */
  config: WebhookConfig | null;
}

@Injectable()
export class Sender {
  constructor(
    private readonly client: GuardedClient,
    private readonly configs: WebhookConfigs,
  ) {}

  async send(delivery: ClaimedDelivery): Promise<SentAttempt> {
    const startedAtMs = Date.now();
    let config: WebhookConfig | null = null;
    let request: SentRequest | null = null;
    try {
      config = await this.configs.get(delivery.webhookId, delivery.version);
      const { sent, signedAt, signatures } = messageHeaders(delivery, config, Date.now());
      request = { version: config.version, signedAt, signatures };
      const result = await this.client.post({ url: config.url, headers: sent, body: delivery.body });
      return { startedAtMs, outcome: outcomeOf(result, config.url), request, config };
    } catch (error) {
      return { startedAtMs, outcome: ourFault(error, startedAtMs), request, config };
    }
  }
}

function ourFault(error: unknown, startedAtMs: number): Outcome {
  const timing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: Date.now() - startedAtMs };
  const detail = error instanceof Error ? error.message : String(error);
  return {
    kind: 'failed',
    reason: 'our_fault',
    after: 'again',
    detail,
    retryAfter: null,
    answer: null,
    reconnected: false,
    timing,
  };
}
