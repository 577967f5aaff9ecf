import { Inject, Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { ENV, type Env } from '../../config/env.js';
import { MAX_EMAIL_LENGTH } from '../../lib/email.js';
import { Mailer } from '../../outbound/mailer.js';
import type { FieldError } from '../../lib/app-error.js';
import { matchesPattern } from '../../events/catalogue/catalogue.js';
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
    const subscribes = (type: string) => events.some((pattern) => matchesPattern(pattern, type));
    return [
      ...this.#kindProblems(kind, asked, before === null),
      ...conditionProblems(conditions, subscribes),
      ...(isTool(kind) && asked.content && asked.content !== 'full'
        ? [{ field: 'content', code: 'not_for_this_kind', message: 'Tools get a message: see its style.' }]
        : contentProblems(asked.content, subscribes)),
    ];
  }

  #kindProblems(kind: DestinationKind, asked: CreateWebhook | UpdateWebhook, isNew: boolean): FieldError[] {
    if (kind === 'email') return this.#mailProblems(asked, isNew);
    const needsUrl = asked.url === null || (isNew && asked.url === undefined);
    return [
      ...(needsUrl ? [NO_ADDRESS] : []),
      ...(asked.recipients
        ? [{ field: 'recipients', code: 'not_for_this_kind', message: 'Only emails have recipients.' }]
        : []),
      ...(isTool(kind) ? this.#toolProblems(kind, asked) : endpointProblems(asked)),
    ];
  }

  #mailProblems(
    { url, recipients, headers, pace, style }: CreateWebhook | UpdateWebhook,
    isNew: boolean,
  ): FieldError[] {
    const other = (field: string, message: string) => ({ field, code: 'not_for_this_kind', message });
    const none = { field: 'recipients', code: 'required', message: 'Enter at least one email address.' };
    const noMail = { field: 'kind', code: 'no_mail', message: 'This server cannot send email: it has no SMTP_URL.' };
    return [
      ...scheduleProblems(style),
      ...(url == null ? [] : [other('url', 'Mails have recipients instead of an address.')]),
      ...(headers ? [other('headers', 'Mails take no added headers.')] : []),
      ...paceProblems('email', pace),
      ...(isNew && recipients === undefined ? [none] : []),
      ...(isNew && !this.mailer.works ? [noMail] : []),
      ...(recipients ?? []).flatMap(recipientProblem),
    ];
  }

  #toolProblems(kind: PostedKind, { url, headers, pace, style }: CreateWebhook | UpdateWebhook): FieldError[] {
    const { title, example } = toolOf(kind);
    const problem = url == null ? null : toolAddressProblem(kind, url, this.#hosts);
    const wrong = `This is not an address of ${title}. It looks like ${example}`;
    const found =
      problem === 'retired'
        ? { field: 'url', code: 'retired', message: RETIRED }
        : { field: 'url', code: 'wrong_tool', message: wrong };
    return [
      ...(problem ? [found] : []),
      ...paceProblems(kind, pace),
      ...scheduleProblems(style),
      ...(headers
        ? [{ field: 'headers', code: 'not_for_this_kind', message: `${title} takes no added headers.` }]
        : []),
    ];
  }
}

function paceProblems(kind: ToolKind, pace: Pace | null | undefined): FieldError[] {
  const { title, pace: most } = toolOf(kind);
  if (!pace || everyMs(pace) >= everyMs(most)) return [];
  return [{ field: 'pace', code: 'too_fast', message: `${title} takes at most ${paceWords(most)}.` }];
}

function scheduleProblems(style: CreateWebhook['style']): FieldError[] {
  if (!style?.quiet || style.quiet.from !== style.quiet.to) return [];
  const message = 'Quiet hours must end at a different time than they begin.';
  return [{ field: 'style.quiet.to', code: 'invalid', message }];
}

function endpointProblems({ url, style }: CreateWebhook | UpdateWebhook): FieldError[] {
  const tool = url == null ? null : toolOfAddress(url);
  return [
    // Slack would refuse our JSON, message by message. A script may be made for it.
    ...(tool && tool !== 'google_sheets'
      ? [
          {
            field: 'url',
            code: 'other_kind',
            message: `This is an address of ${toolOf(tool).title}. Choose that kind.`,
          },
        ]
      : []),
    ...(style
      ? [{ field: 'style', code: 'not_for_this_kind', message: 'An endpoint gets the message as it is.' }]
      : []),
  ];
}

const NO_ADDRESS: FieldError = {
  field: 'url',
  code: 'required',
  message: 'Enter the web address your developer gave you.',
};

/** Quoted names may hold what mail servers and headers read differently. */
const PLAIN_MAILBOX = /^[^\s"<>(),:;\\[\]\p{Cc}\p{Cf}]+$/u;

function recipientProblem(email: string, index: number): FieldError[] {
  if (isEmail(email) && email.length <= MAX_EMAIL_LENGTH && PLAIN_MAILBOX.test(email)) return [];
  return [{ field: `recipients.${index}`, code: 'is_email', message: `Address ${index + 1} is not an email address.` }];
}

function kindOf(asked: CreateWebhook | UpdateWebhook, before: Before | null): DestinationKind {
  return before?.kind ?? ('kind' in asked ? asked.kind : undefined) ?? 'endpoint';
}

const paceWords = ({ limit, per }: Pace) => `${limit} ${limit === 1 ? 'message' : 'messages'} a ${per}`;

const defined = (style: object | undefined) =>
  Object.fromEntries(Object.entries(style ?? {}).filter(([, value]) => value !== undefined));
