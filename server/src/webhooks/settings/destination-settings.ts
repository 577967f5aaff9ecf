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

/** Settings that depend on the kind of a webhook: style, content, pace, conditions, and the rules for its address. */
@Injectable()
export class DestinationSettings {
  readonly #hosts: ToolHosts;

  constructor(
    private readonly mailer: Mailer,
    @Inject(ENV) env: Env,
  ) {
    this.#hosts = toolHosts(env.destinationHosts);
  }

  columns(input: CreateWebhook | UpdateWebhook, before: Before | null): Partial<Webhook> {
    const kind = kindOf(input, before);
    const pace = input.pace === undefined ? (before?.pace ?? null) : input.pace;
    const style = isTool(kind) && (before === null || input.style !== undefined);
    return {
      ...(before === null && { kind }),
      ...(style && { style: { ...DEFAULT_STYLE, ...before?.style, ...defined(input.style) } }),
      ...(input.content !== undefined && { content: input.content === 'full' ? null : input.content }),
      ...(input.pace !== undefined && { pace }),
      paced: paceOf(kind, pace) !== null,
      ...(input.conditions !== undefined && { conditions: input.conditions?.length ? input.conditions : null }),
    };
  }

  /** Problems of these settings in a request. Rules for addresses of every kind are in address-problems.ts. */
  problems(input: CreateWebhook | UpdateWebhook, before: Before | null): FieldError[] {
    const kind = kindOf(input, before);
    const events = input.events ?? before?.events ?? [];
    // Stored conditions are checked again when the events change.
    const kept = input.events ? (before?.conditions as EventCondition[] | null | undefined) : null;
    const conditions = (input.conditions === undefined ? kept : input.conditions) ?? [];
    const isSubscribed = (type: string) => subscribes(events, type);
    return [
      ...this.#kindProblems(kind, input, before === null),
      ...conditionProblems(conditions, isSubscribed),
      ...(isTool(kind) && input.content && input.content !== 'full'
        ? [notForThisKind('content', 'Tools get a readable message: use style instead.')]
        : contentProblems(input.content, isSubscribed)),
    ];
  }

  #kindProblems(kind: DestinationKind, input: CreateWebhook | UpdateWebhook, isNew: boolean): FieldError[] {
    if (kind === 'email') return this.#mailProblems(input, isNew);
    const needsUrl = input.url === null || (isNew && input.url === undefined);
    return [
      ...compact(
        needsUrl && NO_ADDRESS,
        input.recipients && notForThisKind('recipients', 'Only emails have recipients.'),
      ),
      ...(isTool(kind) ? this.#toolProblems(kind, input) : endpointProblems(input)),
    ];
  }

  #mailProblems(
    { url, recipients, headers, pace, style }: CreateWebhook | UpdateWebhook,
    isNew: boolean,
  ): FieldError[] {
    return compact(
      scheduleProblem(style),
      url != null && notForThisKind('url', 'Emails have recipients instead of an address.'),
      headers && notForThisKind('headers', 'Emails have no added headers.'),
      paceProblem('email', pace),
      isNew && recipients === undefined && problem('recipients', 'required', 'Enter at least one email address.'),
      isNew && !this.mailer.works && problem('kind', 'no_mail', 'This server cannot send email: it has no SMTP_URL.'),
      ...(recipients ?? []).map(recipientProblem),
    );
  }

  #toolProblems(kind: PostedKind, { url, headers, pace, style }: CreateWebhook | UpdateWebhook): FieldError[] {
    const { title, example } = toolOf(kind);
    const address = url == null ? null : toolAddressProblem(kind, url, this.#hosts);
    return compact(
      address === 'retired'
        ? problem('url', 'retired', RETIRED)
        : address && problem('url', 'wrong_tool', `This is not an address of ${title}. It looks like ${example}`),
      paceProblem(kind, pace),
      scheduleProblem(style),
      headers && notForThisKind('headers', `${title} does not support added headers.`),
    );
  }
}

const problem = (field: string, code: string, message: string): FieldError => ({ field, code, message });
const notForThisKind = (field: string, message: string) => problem(field, 'not_for_this_kind', message);

const compact = (...checks: (FieldError | false | null | undefined)[]): FieldError[] => checks.filter((one) => !!one);

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
  return compact(
    // These tools would refuse our JSON. Only a script may be written for it.
    tool &&
      tool !== 'google_sheets' &&
      problem('url', 'other_kind', `This is an address of ${toolOf(tool).title}. Choose that kind.`),
    style && notForThisKind('style', 'Messages for endpoints have no style.'),
  );
}

/** Without quoted names: they may contain characters that mail servers and headers interpret differently. */
const PLAIN_MAILBOX = /^[^\s"<>(),:;\\[\]\p{Cc}\p{Cf}]+$/u;

function recipientProblem(email: string, index: number): FieldError | null {
  if (isEmail(email) && email.length <= MAX_EMAIL_LENGTH && PLAIN_MAILBOX.test(email)) return null;
  return problem(`recipients.${index}`, 'is_email', `Address ${index + 1} is not an email address.`);
}

function kindOf(input: CreateWebhook | UpdateWebhook, before: Before | null): DestinationKind {
  return before?.kind ?? ('kind' in input ? input.kind : undefined) ?? 'endpoint';
}

const paceWords = ({ limit, per }: Pace) => `${limit} ${limit === 1 ? 'message' : 'messages'} a ${per}`;

const defined = (style: object | undefined) =>
  Object.fromEntries(Object.entries(style ?? {}).filter(([, value]) => value !== undefined));
