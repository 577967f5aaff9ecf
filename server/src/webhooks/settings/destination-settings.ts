import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import type { FieldError } from '../../lib/app-error.js';
import { matchesPattern } from '../../events/catalogue/event-pattern.js';
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
  type ToolKind,
} from '../destinations/kinds.js';
import type { DestinationStyle } from '../destinations/message.js';
import { everyMs, type Pace } from '../model/pace.js';
import type { Webhook } from '../model/webhook.entity.js';
import type { CreateWebhook, UpdateWebhook } from './webhooks.dto.js';

type Before = Pick<Webhook, 'kind' | 'style' | 'pace' | 'events' | 'conditions'>;

const DEFAULT_STYLE: DestinationStyle = { names: 'initials', link: true };
const RETIRED =
  'Microsoft has retired these addresses. In Teams, open the channel, choose Workflows, and use the template ' +
  '"Send webhook alerts to a channel". It gives you a new address.';

/** The settings that make a webhook one of Slack and the like: kind, style, address and conditions. */
@Injectable()
export class DestinationSettings {
  readonly #hosts: ToolHosts;

  constructor(@Inject(ENV) env: Env) {
    this.#hosts = toolHosts(env.destinationHosts);
  }

  columns(
    asked: CreateWebhook | UpdateWebhook,
    before: Before | null,
  ): Partial<Pick<Webhook, 'kind' | 'style' | 'pace' | 'paced' | 'conditions'>> {
    const kind = kindOf(asked, before);
    const pace = asked.pace === undefined ? (before?.pace ?? null) : asked.pace;
    const style = isTool(kind) && (before === null || asked.style !== undefined);
    return {
      ...(before === null && { kind }),
      ...(style && { style: { ...DEFAULT_STYLE, ...before?.style, ...defined(asked.style) } }),
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
      ...(isTool(kind) ? this.#toolProblems(kind, asked) : endpointProblems(asked)),
      ...conditionProblems(conditions, subscribes),
    ];
  }

  #toolProblems(kind: ToolKind, { url, headers, pace }: CreateWebhook | UpdateWebhook): FieldError[] {
    const { title, example, pace: most } = toolOf(kind);
    const problem = url === undefined ? null : toolAddressProblem(kind, url, this.#hosts);
    const wrong = `This is not an address of ${title}. It looks like ${example}`;
    const found =
      problem === 'retired'
        ? { field: 'url', code: 'retired', message: RETIRED }
        : { field: 'url', code: 'wrong_tool', message: wrong };
    return [
      ...(problem ? [found] : []),
      ...(pace && everyMs(pace) < everyMs(most)
        ? [{ field: 'pace', code: 'too_fast', message: `${title} takes at most ${paceWords(most)}.` }]
        : []),
      ...(headers
        ? [{ field: 'headers', code: 'not_for_this_kind', message: `${title} takes no added headers.` }]
        : []),
    ];
  }
}

function endpointProblems({ url, style }: CreateWebhook | UpdateWebhook): FieldError[] {
  const tool = url === undefined ? null : toolOfAddress(url);
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

function kindOf(asked: CreateWebhook | UpdateWebhook, before: Before | null): DestinationKind {
  return before?.kind ?? ('kind' in asked ? asked.kind : undefined) ?? 'endpoint';
}

const paceWords = ({ limit, per }: Pace) => `${limit} ${limit === 1 ? 'message' : 'messages'} a ${per}`;

const defined = (style: object | undefined) =>
  Object.fromEntries(Object.entries(style ?? {}).filter(([, value]) => value !== undefined));
