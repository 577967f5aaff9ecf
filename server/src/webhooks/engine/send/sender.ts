import { Injectable } from '@nestjs/common';
import { GuardedClient } from '../../../outbound/guarded-client.js';
import { reduced } from '../../destinations/content.js';
import type { SentAttempt, SentRequest } from '../queue/attempt-record.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import { WebhookConfigs, type WebhookConfig } from '../webhook-configs.js';
import { ListenerPosts } from './listener-posts.js';
import { messageHeaders } from './message-headers.js';
import { ourFault, outcomeOf, type Outcome } from './outcome.js';
import { ToolSender } from './tool-sender.js';

/*
 * One attempt: the signed request to an endpoint or a listener, or what ToolSender makes of it for a tool. Every result
 * is an outcome: nothing here throws or rejects. Called for deliveries and by the test button, so a test is signed and
 * guarded exactly like a live delivery.
 *
 * Not async functions: each would cost every delivery a microsecond and a kB of garbage.
 */

@Injectable()
export class Sender {
  constructor(
    private readonly client: GuardedClient,
    private readonly configs: WebhookConfigs,
    private readonly listeners: ListenerPosts,
    private readonly tools: ToolSender,
  ) {}

  /** Attempts in flight that may take longer than ATTEMPT_TIMEOUT_MS. */
  get longInFlight(): number {
    return this.tools.longInFlight;
  }

  send(delivery: ClaimedDelivery): Promise<SentAttempt> {
    const startedAtMs = Date.now();
    const config = this.configs.known(delivery.webhookId, delivery.version);
    if (config) return this.#sendWith(config, delivery, startedAtMs);
    return this.configs.get(delivery.webhookId, delivery.version).then(
      (read) => this.#sendWith(read, delivery, startedAtMs),
      (error: unknown) => ({ startedAtMs, outcome: ourFault(error, startedAtMs), request: null, plan: 'standard' }),
    );
  }

  #sendWith(config: WebhookConfig, delivery: ClaimedDelivery, startedAtMs: number): Promise<SentAttempt> {
    if (config.tool) return this.tools.send(delivery, config, startedAtMs);
    const { content, version, retryPlan: plan } = config;
    let request: SentRequest | null = null;
    const ended = (outcome: Outcome): SentAttempt => ({ startedAtMs, outcome, request, plan });
    try {
      const url = config.url!;
      const message = content ? { ...delivery, body: reduced(delivery.body, content) } : delivery;
      const { sent, signedAt, signatures } = messageHeaders(message, config, Date.now());
      request = { version, signedAt, signatures };
      const answered = config.listens
        ? this.listeners.post(message, sent)
        : this.client.post({ url, headers: sent, body: message.body });
      return answered.then(
        (result) => {
          try {
            return ended(outcomeOf(result, url));
          } catch (error) {
            return ended(ourFault(error, startedAtMs));
          }
        },
        // Only of a listener: the client never rejects.
        (error: unknown) => ended(ourFault(error, startedAtMs)),
      );
    } catch (error) {
      return Promise.resolve(ended(ourFault(error, startedAtMs)));
    }
  }
}
