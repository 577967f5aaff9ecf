import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from '../../../config/env.js';
import { publicUrlOf } from '../../../config/public-url.js';
import { GuardedClient } from '../../../outbound/guarded-client.js';
import type { SentRequest } from '../queue/attempt-record.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import { toolAddressProblem, toolHosts, toolOf, type ToolHosts } from '../../destinations/kinds.js';
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
  readonly #publicUrl: string;

  constructor(
    private readonly client: GuardedClient,
    private readonly configs: WebhookConfigs,
    @Inject(ENV) env: Env,
  ) {
    this.#hosts = toolHosts(env.destinationHosts);
    this.#publicUrl = publicUrlOf(env, env.port);
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
      const body = tool ? toolOf(tool.kind).render(delivery, tool.style, this.#publicUrl) : delivery.body;
      request = { version, signedAt, signatures };
      const result = await this.client.post({ url, headers: sent, body });
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
