import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from '../../../config/env.js';
import { ServiceDatabase } from '../../../database/service-database.js';
import { GuardedClient } from '../../../outbound/guarded-client.js';
import type { PostResult } from '../../../outbound/post-result.js';
import type { SentRequest } from '../queue/attempt-record.js';
import { type ClaimedDelivery, membersOf } from '../queue/claimed-delivery.js';
import { isChat, toolAddressProblem, toolHosts, toolOf, toolOutput, type ToolHosts } from '../../destinations/kinds.js';
import { reduced } from '../../destinations/content.js';
import { RequestBody } from '../../destinations/request-body.js';
import { GroupBodies } from './group-bodies.js';
import { ListenerPosts } from './listener-posts.js';
import { MailSender } from './mail-sender.js';
import { MessageNames } from './message-names.js';
import { messageHeaders, toolHeaders, USER_AGENT } from './message-headers.js';
import { outcomeOf, outcomeOfOutput, type Outcome } from './outcome.js';
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

/** What had to be read for a tool. */
interface ForTool {
  /** Of a group. */
  body?: string | undefined;
  /** Shortened, because an earlier attempt was too large. */
  short?: boolean;
}

@Injectable()
export class Sender {
  readonly #hosts: ToolHosts;
  #longUnderWay = 0;

  constructor(
    private readonly client: GuardedClient,
    private readonly configs: WebhookConfigs,
    private readonly body: RequestBody,
    private readonly groups: GroupBodies,
    private readonly names: MessageNames,
    private readonly listeners: ListenerPosts,
    private readonly mails: MailSender,
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
  ) {
    this.#hosts = toolHosts(env.destinationHosts);
  }

  /** Attempts under way that may take longer than ATTEMPT_TIMEOUT_MS. */
  get longUnderWay(): number {
    return this.#longUnderWay;
  }

  /** No async function where nothing is waited for: each costs every delivery a microsecond and a kB of garbage. */
  send(delivery: ClaimedDelivery): Promise<SentAttempt> {
    const startedAtMs = Date.now();
    const config = this.configs.known(delivery.webhookId, delivery.version);
    // What is sent to a tool may have to be read first.
    const ready = config && !config.tool;
    return ready ? this.#post(delivery, config, startedAtMs) : this.#postAsRead(delivery, startedAtMs);
  }

  async #postAsRead(delivery: ClaimedDelivery, startedAtMs: number): Promise<SentAttempt> {
    try {
      const config = await this.configs.get(delivery.webhookId, delivery.version);
      const short = await this.#wasTooLarge(delivery, config.tool);
      const about = config.tool ? await this.#withNames(delivery) : delivery;
      const body = about.group && config.tool ? await this.groups.of(about.group, config.tool, short) : undefined;
      return await this.#post(about, config, startedAtMs, { body, short });
    } catch (error) {
      return { startedAtMs, outcome: ourFault(error, startedAtMs), request: null, config: null };
    }
  }

  async #withNames(delivery: ClaimedDelivery): Promise<ClaimedDelivery> {
    const members: ClaimedDelivery[] = [];
    // One by one: each may take a connection.
    for (const member of membersOf(delivery)) members.push(await this.names.complete(member));
    return { ...members[0]!, group: delivery.group && { id: delivery.group.id, members } };
  }

  /** A chat answered 413 to an earlier attempt. */
  async #wasTooLarge({ deliveryId, attempt, group }: ClaimedDelivery, tool: WebhookConfig['tool']): Promise<boolean> {
    if (attempt === 1 || !tool || !isChat(tool.kind)) return false;
    const ids = group?.members.map((member) => member.deliveryId) ?? [deliveryId];
    const found = await this.database.query(
      `select from webhook_attempts where delivery_id = any($1) and reason = 'too_large' limit 1`,
      [ids],
    );
    return found.length > 0;
  }

  #post(
    delivery: ClaimedDelivery,
    config: WebhookConfig,
    startedAtMs: number,
    { body: made, short = false }: ForTool = {},
  ): Promise<SentAttempt> {
    const { tool, content, version } = config;
    let request: SentRequest | null = null;
    const ended = (outcome: Outcome): SentAttempt => ({ startedAtMs, outcome, request, config });
    try {
      if (tool?.kind === 'email') return this.#long(this.#mail(delivery, config, startedAtMs, made));
      const url = config.url!;
      if (tool && toolAddressProblem(tool.kind, url, this.#hosts)) {
        const detail = `The address is not one of ${toolOf(tool.kind).title}.`;
        return Promise.resolve(ended(notSent('blocked_address', detail, startedAtMs)));
      }
      const about = content ? { ...delivery, body: reduced(delivery.body, content) } : delivery;
      const headers = tool ? toolHeaders(Date.now()) : messageHeaders(about, config, Date.now());
      const { sent, signedAt, signatures } = headers;
      request = { version, signedAt, signatures };
      const answered = config.listens
        ? this.listeners.post(about, sent)
        : this.client.post({
            url,
            headers: sent,
            body: made ?? this.body.of(about, tool, short),
            withinMs: this.#within(tool),
          });
      const sending = tool && toolOf(tool.kind).answersWithinMs ? this.#long(answered) : answered;
      return sending.then(
        (result) => {
          try {
            if (!tool) return ended(outcomeOf(result, url));
            return this.#judged(result, url, tool).then(
              (outcome) => ended(isChat(tool.kind) ? afterTooLarge(outcome, short) : outcome),
              (error: unknown) => ended(ourFault(error, startedAtMs)),
            );
          } catch (error) {
            return ended(ourFault(error, startedAtMs));
          }
        },
        // Of the client never: it makes results of its errors.
        (error: unknown) => ended(ourFault(error, startedAtMs)),
      );
    } catch (error) {
      return Promise.resolve(ended(ourFault(error, startedAtMs)));
    }
  }

  /** What the tool said, there or where its answer points to, in what is left of the time. */
  async #judged(result: PostResult, url: string, tool: NonNullable<WebhookConfig['tool']>): Promise<Outcome> {
    const { judge } = toolOf(tool.kind);
    const at = result.kind === 'answered' ? toolOutput(tool.kind, result, this.#hosts) : null;
    if (at === null || result.kind === 'failed') return outcomeOf(result, url, judge);
    const withinMs = Math.max(1, (this.#within(tool) ?? this.env.attemptTimeoutMs) - result.totalMs);
    // Nothing of the message or the webhook: this address is Google's.
    const output = await this.client.get({ url: at, headers: { 'user-agent': USER_AGENT }, withinMs });
    return outcomeOfOutput(result, output, url, judge);
  }

  #long<T>(attempt: Promise<T>): Promise<T> {
    this.#longUnderWay++;
    return attempt.finally(() => this.#longUnderWay--);
  }

  /** Less than a lease, after which another process would send the same. undefined: as everywhere. */
  #within(tool: WebhookConfig['tool']): number | undefined {
    const own = tool && toolOf(tool.kind).answersWithinMs;
    return own ? Math.max(this.env.attemptTimeoutMs, Math.min(own, this.env.leaseMs / 2)) : undefined;
  }

  async #mail(
    delivery: ClaimedDelivery,
    config: WebhookConfig,
    startedAtMs: number,
    made: string | undefined,
  ): Promise<SentAttempt> {
    const request = { version: config.version, signedAt: Math.floor(startedAtMs / 1000), signatures: 0 };
    const sent = this.mails.send(delivery, config, startedAtMs, made);
    const outcome = await sent.catch((error: unknown) => ourFault(error, startedAtMs));
    return { startedAtMs, outcome, request, config };
  }
}

/** A message that was too large is sent once more, shortened; a shortened one is refused. */
function afterTooLarge(outcome: Outcome, short: boolean): Outcome {
  if (outcome.kind === 'succeeded' || outcome.reason !== 'too_large') return outcome;
  return short ? { ...outcome, reason: 'message_refused', after: 'final' } : { ...outcome, after: 'shorten' };
}

function ourFault(error: unknown, startedAtMs: number): Outcome {
  return notSent('our_fault', error instanceof Error ? error.message : String(error), startedAtMs);
}

function notSent(reason: 'our_fault' | 'blocked_address', detail: string, startedAtMs: number): Outcome {
  const timing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: Date.now() - startedAtMs };
  const after = reason === 'our_fault' ? 'again' : 'final';
  return { kind: 'failed', reason, after, detail, retryAfter: null, answer: null, reconnected: false, timing };
}
