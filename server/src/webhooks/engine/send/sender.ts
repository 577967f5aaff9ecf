import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from '../../../config/env.js';
import { GuardedClient } from '../../../outbound/guarded-client.js';
import type { SentRequest } from '../queue/attempt-record.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import { toolAddressProblem, toolHosts, toolOf, type ToolHosts } from '../../destinations/kinds.js';
import { RequestBody } from '../../destinations/request-body.js';
import { messageHeaders, toolHeaders } from './message-headers.js';
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
  readonly #hosts: ToolHosts;

  constructor(
    private readonly client: GuardedClient,
    private readonly configs: WebhookConfigs,
    private readonly body: RequestBody,
    @Inject(ENV) env: Env,
  ) {
    this.#hosts = toolHosts(env.destinationHosts);
  }

  async send(delivery: ClaimedDelivery): Promise<SentAttempt> {
    const startedAtMs = Date.now();
    let config: WebhookConfig | null = null;
    let request: SentRequest | null = null;
    try {
      config = await this.configs.get(delivery.webhookId, delivery.version);
      const { tool, url, version } = config;
      if (tool && toolAddressProblem(tool.kind, url, this.#hosts)) {
        const detail = `The address is not one of ${toolOf(tool.kind).title}.`;
        return { startedAtMs, outcome: notSent('blocked_address', detail, startedAtMs), request, config };
      }
      const headers = tool ? toolHeaders(Date.now()) : messageHeaders(delivery, config, Date.now());
      const { sent, signedAt, signatures } = headers;
      request = { version, signedAt, signatures };
      const result = await this.client.post({ url, headers: sent, body: this.body.of(delivery, tool) });
      const outcome = outcomeOf(result, url, tool ? toolOf(tool.kind).judge : undefined);
      return { startedAtMs, outcome, request, config };
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return { startedAtMs, outcome: notSent('our_fault', detail, startedAtMs), request, config };
    }
  }
}

function notSent(reason: 'our_fault' | 'blocked_address', detail: string, startedAtMs: number): Outcome {
  const timing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: Date.now() - startedAtMs };
  const after = reason === 'our_fault' ? 'again' : 'final';
  return { kind: 'failed', reason, after, detail, retryAfter: null, answer: null, reconnected: false, timing };
}
