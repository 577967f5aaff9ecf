import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from '../../../config/env.js';
import { ServiceDatabase } from '../../../database/service-database.js';
import { GuardedClient } from '../../../outbound/guarded-client.js';
import type { PostResult } from '../../../outbound/post-result.js';
import { reduced } from '../../destinations/content.js';
import { isChat, toolAddressProblem, toolHosts, toolOf, toolOutput, type ToolHosts } from '../../destinations/kinds.js';
import { RequestBody, type ToolSettings } from '../../destinations/request-body.js';
import type { SentAttempt, SentRequest } from '../queue/attempt-record.js';
import { type ClaimedDelivery, type DeliveryGroup, membersOf } from '../queue/claimed-delivery.js';
import type { WebhookConfig } from '../webhook-configs.js';
import { MailSender } from './mail-sender.js';
import { toolHeaders, USER_AGENT } from './message-headers.js';
import { MessageNames } from './message-names.js';
import { notSent, ourFault, outcomeOf, outcomeOfOutput, type Outcome } from './outcome.js';

/*
 * One attempt of a webhook whose destination is a tool: a chat, a Google Sheet or email. Tools get a message rendered
 * for them, for which names, groups and earlier attempts are read first. Called by the sender. Never rejects.
 */

type Tool = NonNullable<ToolSettings>;

@Injectable()
export class ToolSender {
  readonly #hosts: ToolHosts;
  #longInFlight = 0;

  constructor(
    private readonly client: GuardedClient,
    private readonly body: RequestBody,
    private readonly names: MessageNames,
    private readonly mails: MailSender,
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
  ) {
    this.#hosts = toolHosts(env.destinationHosts);
  }

  /** Attempts in flight that may take longer than ATTEMPT_TIMEOUT_MS. */
  get longInFlight(): number {
    return this.#longInFlight;
  }

  async send(delivery: ClaimedDelivery, config: WebhookConfig, startedAtMs: number): Promise<SentAttempt> {
    const { version, retryPlan: plan, content } = config;
    const tool = config.tool!;
    let request: SentRequest | null = null;
    const ended = (outcome: Outcome): SentAttempt => ({ startedAtMs, outcome, request, plan });
    try {
      const short = await this.#wasTooLarge(delivery, tool);
      const named = await this.#withNames(delivery);
      const grouped = named.group ? await this.#groupBody(named.group, tool, short) : undefined;
      if (tool.kind === 'email') {
        request = { version, signedAt: Math.floor(startedAtMs / 1000), signatures: 0 };
        return ended(await this.#countLong(this.mails.send(named, config, startedAtMs, grouped)));
      }
      const url = config.url!;
      if (toolAddressProblem(tool.kind, url, this.#hosts)) {
        return ended(notSent('blocked_address', `The address is not one of ${toolOf(tool.kind).title}.`, startedAtMs));
      }
      const event = content ? { ...named, body: reduced(named.body, content) } : named;
      const body = grouped ?? this.body.of(event, tool, short);
      const { sent, signedAt, signatures } = toolHeaders(Date.now());
      request = { version, signedAt, signatures };
      const answered = this.client.post({ url, headers: sent, body, withinMs: this.#within(tool) });
      const result = await (toolOf(tool.kind).answersWithinMs ? this.#countLong(answered) : answered);
      const outcome = await this.#judged(result, url, tool);
      return ended(isChat(tool.kind) ? afterTooLarge(outcome, short) : outcome);
    } catch (error) {
      return ended(ourFault(error, startedAtMs));
    }
  }

  async #withNames(delivery: ClaimedDelivery): Promise<ClaimedDelivery> {
    const members: ClaimedDelivery[] = [];
    // One after the other, because each may take a connection.
    for (const member of membersOf(delivery)) members.push(await this.names.complete(member));
    return { ...members[0]!, group: delivery.group && { id: delivery.group.id, members } };
  }

  /** Whether a chat answered 413 to an earlier attempt: then it gets the message shortened. */
  async #wasTooLarge({ deliveryId, attempt, group }: ClaimedDelivery, tool: Tool): Promise<boolean> {
    if (attempt === 1 || !isChat(tool.kind)) return false;
    const ids = group?.members.map((member) => member.deliveryId) ?? [deliveryId];
    const found = await this.database.query(
      `select from webhook_attempts where delivery_id = any($1) and reason = 'too_large' limit 1`,
      [ids],
    );
    return found.length > 0;
  }

  /**
   * The body of a group is rendered once and kept before it is sent, so that an attempt after a crash sends the same
   * bytes; it is rendered again only when it was too large. Rejects when a member was erased or cancelled meanwhile.
   */
  async #groupBody({ id, members }: DeliveryGroup, tool: Tool, short: boolean): Promise<string> {
    const [group] = await this.database.query<{ body: string | null; shortened: boolean; edition: number }>(
      'select body, shortened, edition from webhook_groups where id = $1',
      [id],
    );
    if (group!.body !== null && group!.shortened === short) return group!.body;
    const body = this.body.ofGroup(id, members, tool, short);
    const kept = await this.database.query(
      `update webhook_groups set body = $2, shortened = $4 where id = $1 and edition = $3
         and not exists (select from webhook_queue q where q.group_id = $1 and q.erased) returning id`,
      [id, body, group!.edition, short],
    );
    if (kept.length === 0) throw new Error('a delivery of the group has ended meanwhile');
    return body;
  }

  /**
   * The outcome by the answer of the tool, or by its output if the answer points there, in what is left of the time.
   */
  async #judged(result: PostResult, url: string, tool: Tool): Promise<Outcome> {
    const { judge } = toolOf(tool.kind);
    const at = result.kind === 'answered' ? toolOutput(tool.kind, result, this.#hosts) : null;
    if (at === null || result.kind === 'failed') return outcomeOf(result, url, judge);
    const withinMs = Math.max(1, (this.#within(tool) ?? this.env.attemptTimeoutMs) - result.totalMs);
    // The address is Google's, so the request contains nothing of the message or the webhook.
    const output = await this.client.get({ url: at, headers: { 'user-agent': USER_AGENT }, withinMs });
    return outcomeOfOutput(result, output, url, judge);
  }

  #countLong<T>(attempt: Promise<T>): Promise<T> {
    this.#longInFlight++;
    return attempt.finally(() => this.#longInFlight--);
  }

  /** Shorter than a lease, after which another process would send the same. undefined: ATTEMPT_TIMEOUT_MS. */
  #within({ kind }: Tool): number | undefined {
    const own = toolOf(kind).answersWithinMs;
    return own ? Math.max(this.env.attemptTimeoutMs, Math.min(own, this.env.leaseMs / 2)) : undefined;
  }
}

/** A message that was too large is sent again, shortened. If that is too large as well, it is refused. */
function afterTooLarge(outcome: Outcome, short: boolean): Outcome {
  if (outcome.kind === 'succeeded' || outcome.reason !== 'too_large') return outcome;
  return short ? { ...outcome, reason: 'message_refused', after: 'final' } : { ...outcome, after: 'shorten' };
}
