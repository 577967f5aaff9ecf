import { Inject, Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { ENV, type Env } from '../../config/env.js';
import { MAX_EMAIL_LENGTH } from '../../lib/email.js';
import { Mailer } from '../../outbound/mailer.js';
import type { FieldError } from '../../lib/app-error.js';
import { NO_ADDRESS } from './address-problems.js';
import { subscribes } from '../../events/catalogue/catalogue.js';
import { contentProblems } from '../destinations/content.js';
import { conditionProblems, type EventCondition } from '../destinations/conditions.js';
import {
  isTool,
  paceOf,
  toolAddressProblem,
  toolHosts,
  toolOf,
  toolOfAddress,
  type DestinationKind,
  type ToolHosts,
  type PostedKind,
  type ToolKind,
} from '../destinations/kinds.js';
import type { DestinationStyle } from '../destinations/message.js';
import { everyMs, type Pace } from '../model/pace.js';
import type { Webhook } from '../model/webhook.entity.js';
import type { CreateWebhook, UpdateWebhook } from './webhooks.dto.js';

type Before = Pick<Webhook, 'kind' | 'style' | 'pace' | 'events' | 'conditions'>;

const DEFAULT_STYLE: DestinationStyle = { names: 'initials', link: true, group: 'each', quiet: null };
const RETIRED =
  'Microsoft has retired these addresses. In Teams, open the channel, choose Workflows, and use the template ' +
  '"Send webhook alerts to a channel". It gives you a new address.';

/** The settings that make a webhook one of Slack and the like: kind, style, address and conditions. */
@Injectable()
export class DestinationSettings {
  readonly #hosts: ToolHosts;

  constructor(
    private readonly mailer: Mailer,
    @Inject(ENV) env: Env,
  ) {
    this.#hosts = toolHosts(env.destinationHosts);
  }

  columns(asked: CreateWebhook | UpdateWebhook, before: Before | null): Partial<Webhook> {
    const kind = kindOf(asked, before);
    const pace = asked.pace === undefined ? (before?.pace ?? null) : asked.pace;
    const style = isTool(kind) && (before === null || asked.style !== undefined);
    return {
      ...(before === null && { kind }),
      ...(style && { style: { ...DEFAULT_STYLE, ...before?.style, ...defined(asked.style) } }),
      ...(asked.content !== undefined && { content: asked.content === 'full' ? null : asked.content }),
      ...(asked.pace !== undefined && { pace }),
      paced: paceOf(kind, pace) !== null,
      ...(asked.conditions !== undefined && { conditions: asked.conditions?.length ? asked.conditions : null }),
    };
  }

  /** Problems of these settings as sent; those of an address at any kind are found elsewhere. */
  problems(asked: CreateWebhook | UpdateWebhook, before: Before | null): FieldError[] {
    const kind = kindOf(asked, before);
    const events = asked.events ?? before?.events ?? [];
    // Those that are kept are judged again when the events change.
    const kept = asked.events ? (before?.conditions as EventCondition[] | null | undefined) : null;
    const conditions = (asked.conditions === undefined ? kept : asked.conditions) ?? [];
    const isSubscribed = (type: string) => subscribes(events, type);
    return [
      ...this.#kindProblems(kind, asked, before === null),
      ...conditionProblems(conditions, isSubscribed),
      ...(isTool(kind) && asked.content && asked.content !== 'full'
        ? [notForThisKind('content', 'Tools get a message: see its style.')]
        : contentProblems(asked.content, isSubscribed)),
    ];
  }

  #kindProblems(kind: DestinationKind, asked: CreateWebhook | UpdateWebhook, isNew: boolean): FieldError[] {
    if (kind === 'email') return this.#mailProblems(asked, isNew);
    const needsUrl = asked.url === null || (isNew && asked.url === undefined);
    return [
      ...found(
        needsUrl && NO_ADDRESS,
        asked.recipients && notForThisKind('recipients', 'Only emails have recipients.'),
      ),
      ...(isTool(kind) ? this.#toolProblems(kind, asked) : endpointProblems(asked)),
    ];
  }

  #mailProblems(
    { url, recipients, headers, pace, style }: CreateWebhook | UpdateWebhook,
    isNew: boolean,
  ): FieldError[] {
    return found(
      scheduleProblem(style),
      url != null && notForThisKind('url', 'Mails have recipients instead of an address.'),
      headers && notForThisKind('headers', 'Mails take no added headers.'),
      paceProblem('email', pace),
      isNew && recipients === undefined && problem('recipients', 'required', 'Enter at least one email address.'),
      isNew && !this.mailer.works && problem('kind', 'no_mail', 'This server cannot send email: it has no SMTP_URL.'),
      ...(recipients ?? []).map(recipientProblem),
    );
  }

  #toolProblems(kind: PostedKind, { url, headers, pace, style }: CreateWebhook | UpdateWebhook): FieldError[] {
    const { title, example } = toolOf(kind);
    const address = url == null ? null : toolAddressProblem(kind, url, this.#hosts);
    return found(
      address === 'retired'
        ? problem('url', 'retired', RETIRED)
        : address && problem('url', 'wrong_tool', `This is not an address of ${title}. It looks like ${example}`),
      paceProblem(kind, pace),
      scheduleProblem(style),
      headers && notForThisKind('headers', `${title} takes no added headers.`),
    );
  }
}

const problem = (field: string, code: string, message: string): FieldError => ({ field, code, message });
const notForThisKind = (field: string, message: string) => problem(field, 'not_for_this_kind', message);

const found = (...checks: (FieldError | false | null | undefined)[]): FieldError[] => checks.filter((one) => !!one);

function paceProblem(kind: ToolKind, pace: Pace | null | undefined): FieldError | null {
  const { title, pace: most } = toolOf(kind);
  if (!pace || everyMs(pace) >= everyMs(most)) return null;
  return problem('pace', 'too_fast', `${title} takes at most ${paceWords(most)}.`);
}

function scheduleProblem(style: CreateWebhook['style']): FieldError | null {
  if (!style?.quiet || style.quiet.from !== style.quiet.to) return null;
  return problem('style.quiet.to', 'invalid', 'Quiet hours must end at a different time than they begin.');
}

function endpointProblems({ url, style }: CreateWebhook | UpdateWebhook): FieldError[] {
  const tool = url == null ? null : toolOfAddress(url);
  return found(
    // Slack and the like would refuse our JSON, message by message. A script may be written for it.
    tool &&
      tool !== 'google_sheets' &&
      problem('url', 'other_kind', `This is an address of ${toolOf(tool).title}. Choose that kind.`),
    style && notForThisKind('style', 'An endpoint gets the message as it is.'),
  );
}

/** Quoted names may hold what mail servers and headers read differently. */
const PLAIN_MAILBOX = /^[^\s"<>(),:;\\[\]\p{Cc}\p{Cf}]+$/u;

function recipientProblem(email: string, index: number): FieldError | null {
  if (isEmail(email) && email.length <= MAX_EMAIL_LENGTH && PLAIN_MAILBOX.test(email)) return null;
  return problem(`recipients.${index}`, 'is_email', `Address ${index + 1} is not an email address.`);
}

function kindOf(asked: CreateWebhook | UpdateWebhook, before: Before | null): DestinationKind {
  return before?.kind ?? ('kind' in asked ? asked.kind : undefined) ?? 'endpoint';
}

const paceWords = ({ limit, per }: Pace) => `${limit} ${limit === 1 ? 'message' : 'messages'} a ${per}`;

const defined = (style: object | undefined) =>
  Object.fromEntries(Object.entries(style ?? {}).filter(([, value]) => value !== undefined));
