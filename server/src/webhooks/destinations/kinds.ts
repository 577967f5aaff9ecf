import { parseUrl } from '../../lib/parse-url.js';
import type { Pace } from '../model/pace.js';
import { judgeOutput } from './apps-script.js';
import { renderGoogleChat, renderGoogleChatGroup } from './google-chat.js';
import { renderGoogleSheets, renderGoogleSheetsGroup } from './google-sheets.js';
import { groupedMessage, inOrder, shortenedGroup, type GroupedMessage } from './grouped-message.js';
import { renderMail, renderMailGroup } from './mail.js';
import {
  clipped,
  destinationMessage,
  type DeliveredEvent,
  type DestinationMessage,
  type DestinationStyle,
} from './message.js';
import type { Schedule } from './schedule.js';
import { renderSlack, renderSlackGroup } from './slack.js';
import { renderTeams, renderTeamsGroup } from './teams.js';
import type { ToolAnswer, ToolVerdict } from './verdict.js';

/* The kinds of destination: their addresses, messages, and what their answers mean, as their documentation says. */

export const DESTINATION_KINDS = [
  'endpoint',
  'slack',
  'teams',
  'google_chat',
  'google_sheets',
  'email',
  'listen',
] as const;
export type DestinationKind = (typeof DESTINATION_KINDS)[number];
/** A tool that people use. It gets a message rendered for it, and its address, if it has one, is the only secret. */
export type ToolKind = Exclude<DestinationKind, 'endpoint' | 'listen'>;
/** Tools that are sent requests. Email has recipients instead. */
export type PostedKind = Exclude<ToolKind, 'email'>;
/** Kinds that people create; the webhook of a listener is created with it. */
export const ADDRESSED_KINDS = DESTINATION_KINDS.filter((kind) => kind !== 'listen');

export interface Rendering {
  style: DestinationStyle;
  publicUrl: string;
  /** Shortened, because the tool refused the whole message as too large. */
  short?: boolean;
}

function oneMessage(event: DeliveredEvent, { style, publicUrl, short }: Rendering): DestinationMessage {
  const message = destinationMessage(event, style, publicUrl);
  return short ? { ...message, sentence: clipped(message.sentence) } : message;
}

function severalIn(events: readonly DeliveredEvent[], { style, publicUrl, short }: Rendering): GroupedMessage {
  const message = groupedMessage(events, style, publicUrl);
  return short ? shortenedGroup(message) : message;
}

interface Tool {
  /** Its name for people. */
  title: string;
  /** Matches the addresses that it gives out, without the scheme; null: it has recipients. */
  address: RegExp | null;
  /** Completes "A Slack address looks like …". */
  example: string;
  /** The most that it accepts. A webhook may only have a lower one. */
  pace: Pace;
  /** Its answer redirects to this host, which says what has become of the message. */
  outputHost?: string;
  /** How long it may take to answer; default: as long as an endpoint. */
  answersWithinMs?: number;
  render: (event: DeliveredEvent, rendering: Rendering) => string;
  /** One message for several events. `id`: of the group. */
  renderGroup: (events: readonly DeliveredEvent[], rendering: Rendering, id: string) => string;
  judge: (answer: ToolAnswer) => ToolVerdict | 'delivered' | undefined;
}

const REFUSED: ToolVerdict = { reason: 'message_refused', after: 'final' };
const GONE: ToolVerdict = { reason: 'target_gone', after: 'switch_off' };
const byStatus = (verdicts: Record<number, ToolVerdict>) => (answer: ToolAnswer) => verdicts[answer.status];

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors */
const SLACK_GONE = /^(?:no_service|no_active_hooks|channel_not_found|channel_is_archived|team_disabled)/;

const TOOLS: Record<ToolKind, Tool> = {
  slack: {
    title: 'Slack',
    address: /^hooks\.slack\.com\/services\/[^/]+\/[^/]+\/[^/]+$/,
    example: 'https://hooks.slack.com/services/T…/B…/…',
    pace: { limit: 1, per: 'second' },
    render: (event, rendering) => renderSlack(oneMessage(event, rendering)),
    renderGroup: (events, rendering) => renderSlackGroup(severalIn(events, rendering)),
    judge: ({ status, body }) => {
      if (status === 404 || status === 410 || (status >= 400 && SLACK_GONE.test(body))) return GONE;
      if (status === 403) return { reason: 'not_allowed', after: 'final' };
      return status === 400 ? REFUSED : undefined;
    },
  },
  teams: {
    title: 'Microsoft Teams',
    address: /^[^/]+\.(?:logic\.azure\.com|environment\.api\.powerplatform\.com)(?::443)?\/.+$/,
    example: 'https://….logic.azure.com/workflows/…',
    pace: { limit: 2, per: 'second' },
    render: (event, rendering) => renderTeams(oneMessage(event, rendering)),
    renderGroup: (events, rendering) => renderTeamsGroup(severalIn(events, rendering)),
    judge: byStatus({ 400: REFUSED, 404: GONE }),
  },
  google_chat: {
    title: 'Google Chat',
    address: /^chat\.googleapis\.com\/v1\/spaces\/[^/]+\/messages\?.+$/,
    example: 'https://chat.googleapis.com/v1/spaces/…/messages?key=…',
    pace: { limit: 1, per: 'second' },
    render: (event, rendering) => renderGoogleChat(oneMessage(event, rendering)),
    renderGroup: (events, rendering, id) => renderGoogleChatGroup(severalIn(events, rendering), id),
    judge: byStatus({ 400: REFUSED, 403: GONE, 404: GONE }),
  },
  google_sheets: {
    title: 'Google Sheets',
    address: /^script\.google\.com\/(?:a\/)?macros\/(?:[^/?#]+\/)?s\/[^/?#]+\/exec(?:\?.*)?$/,
    example: 'https://script.google.com/macros/s/…/exec',
    outputHost: 'script.googleusercontent.com',
    // A script starts in seconds and waits for its lock.
    answersWithinMs: 30_000,
    pace: { limit: 1, per: 'second' },
    render: (event, rendering) => renderGoogleSheets(oneMessage(event, rendering), rendering.style),
    renderGroup: (events, { style, publicUrl }) =>
      renderGoogleSheetsGroup(inOrder(events.map((event) => destinationMessage(event, style, publicUrl))), style),
    judge: ({ status, headers, body }) => {
      if (status >= 200 && status < 300) return judgeOutput({ headers, body });
      if (status === 404) return GONE;
      // The script is not open to "Anyone": Google asks for a sign-in.
      const asksToSignIn =
        status >= 300 && status < 400 && /^https:\/\/accounts\.google\.com\//.test(headers['location'] ?? '');
      return asksToSignIn || status === 401 || status === 403 ? { reason: 'not_allowed', after: 'retry' } : undefined;
    },
  },
  email: {
    title: 'Email',
    address: null,
    example: '',
    pace: { limit: 10, per: 'minute' },
    render: (event, rendering) => renderMail(oneMessage(event, rendering), rendering.publicUrl),
    renderGroup: (events, rendering) => renderMailGroup(severalIn(events, rendering), rendering.publicUrl),
    judge: () => undefined,
  },
};

/** Tools in which people read each message. */
const CHATS = {
  slack: renderSlack,
  teams: renderTeams,
  google_chat: renderGoogleChat,
};
export type ChatKind = keyof typeof CHATS;
export const isChat = (kind: DestinationKind): kind is ChatKind => Object.hasOwn(CHATS, kind);

/** A message that is not about an event. */
export const chatMessage = (
  kind: ChatKind,
  { id, ...message }: { id: string } & Pick<DestinationMessage, 'title' | 'sentence' | 'link'>,
): string => CHATS[kind]({ ...message, deliveryId: id });

export const toolOf = (kind: ToolKind): Omit<Tool, 'address'> => TOOLS[kind];

export const isTool = (kind: DestinationKind): kind is ToolKind => kind !== 'endpoint' && kind !== 'listen';

/** The pace of a webhook: its own, or that of its kind; null: as fast as it answers. */
export const paceOf = (kind: DestinationKind, own: Pace | null): Pace | null =>
  own ?? (isTool(kind) ? TOOLS[kind].pace : null);

/** People read this many messages; more are sent as one. */
const MOST_SINGLE = 20;

/** If more deliveries than this wait, they are sent as one message; null: never. */
export function groupsOver(kind: DestinationKind, group: Schedule['group']): number | null {
  if (!isTool(kind)) return null;
  return group === 'each' ? MOST_SINGLE : 0;
}

/** Connectors of Office 365, which Microsoft has retired. */
const RETIRED_TEAMS = /^[^/]+\.webhook\.office\.com$/;

export type ToolAddressProblem = 'wrong_tool' | 'retired';

/** Hosts (`host:port`) that stand in for tools in tests. The address guard must allow them too. */
export type ToolHosts = ReadonlyMap<ToolKind, string>;

export const toolHosts = (hosts: Readonly<Record<string, string>>): ToolHosts =>
  new Map(Object.entries(hosts) as [ToolKind, string][]);

/** null: the address is one that the tool gives out. */
export function toolAddressProblem(kind: ToolKind, address: string, hosts: ToolHosts): ToolAddressProblem | null {
  const url = parseUrl(address);
  if (url && hosts.get(kind) === url.host) return null;
  if (url && kind === 'teams' && RETIRED_TEAMS.test(url.hostname)) return 'retired';
  return url?.protocol === 'https:' && TOOLS[kind].address?.test(withoutScheme(url)) ? null : 'wrong_tool';
}

/**
 * The address that says what has become of a message, to be fetched once; null: this answer does.
 * https://developers.google.com/apps-script/guides/content#redirects
 */
export function toolOutput(
  kind: ToolKind,
  { status, headers }: Pick<ToolAnswer, 'status' | 'headers'>,
  hosts: ToolHosts,
): string | null {
  const host = TOOLS[kind].outputHost;
  const url = host && status === 302 ? parseUrl(headers['location'] ?? '') : null;
  const known = url && (hosts.get(kind) === url.host || (url.protocol === 'https:' && url.host === host));
  return known ? url.href : null;
}

/** The tool that a pasted address belongs to. */
export function toolOfAddress(address: string): ToolKind | null {
  const url = parseUrl(address);
  if (url?.protocol !== 'https:') return null;
  const kinds = Object.keys(TOOLS) as ToolKind[];
  return kinds.find((kind) => TOOLS[kind].address?.test(withoutScheme(url))) ?? null;
}

const withoutScheme = ({ host, pathname, search }: URL) => `${host}${pathname}${search}`;

/** The address of a tool as it may be shown. The whole would allow anyone to post there. */
export const hiddenAddress = (address: string): string => `${new URL(address).origin}/…${address.slice(-4)}`;
