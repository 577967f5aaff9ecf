/** What the answers of tools mean, in their names: recruiters look after these themselves. */
import type { Reason, Webhook } from './api/types';
import type { ReasonWords } from './copy';

export type ToolKind = Exclude<Webhook['kind'], 'endpoint' | 'listen'>;

export const toolNames: Record<ToolKind, string> = {
  slack: 'Slack',
  teams: 'Microsoft Teams',
  google_chat: 'Google Chat',
  google_sheets: 'Google Sheets',
  email: 'Email',
};

type Words = Pick<ReasonWords, 'sentence' | 'who' | 'whatToDo'>;
/** The first whose `said` is in the answer applies; one without `said` always does. */
type Rules = readonly (Words & { said?: RegExp })[];

const byYou = (sentence: string, whatToDo: string, said?: RegExp) => ({
  sentence,
  who: 'admin' as const,
  whatToDo,
  ...(said && { said }),
});

const NEW_SLACK_ADDRESS = 'Make a new address in Slack, put it in Settings, and turn the webhook on.';

export const toolReasons: Record<ToolKind, Partial<Record<Reason, Rules>>> = {
  slack: {
    target_gone: [
      byYou('The Slack channel was archived.', `Pick another one. ${NEW_SLACK_ADDRESS}`, /channel_is_archived/),
      byYou('The Slack channel is no longer there.', `Pick another one. ${NEW_SLACK_ADDRESS}`, /channel_not_found/),
      byYou('The app was removed from Slack, or turned off there.', NEW_SLACK_ADDRESS, /no_service|no_active_hooks/),
      byYou('The Slack workspace was closed.', NEW_SLACK_ADDRESS, /team_disabled/),
      byYou('The Slack channel or its address is no longer there.', NEW_SLACK_ADDRESS),
    ],
    not_allowed: [
      byYou(
        'Slack does not let us post in this channel.',
        'Ask an admin of your Slack workspace to allow it. Then resend.',
      ),
    ],
  },
  teams: {
    target_gone: [
      byYou(
        'The workflow in Microsoft Teams was deleted or turned off.',
        'Add it again in the channel, put its new address in Settings, and turn the webhook on.',
      ),
    ],
  },
  google_chat: {
    target_gone: [
      byYou(
        'The Google Chat space or its webhook is no longer there.',
        'Add a webhook to a space, put its address in Settings, and turn this one on.',
      ),
    ],
  },
  google_sheets: {
    target_gone: [
      byYou(
        'The script of Google Sheets is no longer there.',
        'Deploy it again, put its address in Settings, and turn the webhook on.',
      ),
    ],
    not_allowed: [
      byYou(
        'Google Sheets asks us to sign in, because the script is not open to “Anyone”.',
        'In Apps Script open Deploy → Manage deployments, and let “Anyone” have access. Then resend.',
      ),
    ],
    script_error: [
      byYou(
        'The script does not belong to a sheet.',
        'Open the sheet, then Extensions → Apps Script, and paste our script there. Put its address in Settings.',
        /no_sheet|reading 'getSheets'/,
      ),
      byYou(
        'The script lacks the part that takes messages.',
        'Paste all of our script, and deploy it again as a new version. Then resend.',
        /doPost/,
      ),
      byYou(
        'The script may not write to the sheet.',
        'In Apps Script press Run once and allow what it asks for. Deploy it again, then resend.',
        /permission|authoriz/i,
      ),
      byYou(
        'The script has reached a daily limit of Google.',
        'Nothing to do now: Google lifts it within a day. Then resend. Choose fewer events if it happens often.',
        /too many times|quota/i,
      ),
    ],
  },
  email: {
    target_gone: [
      byYou(
        'None of the email addresses accepts our emails any more.',
        'Enter other ones in Settings, and turn the webhook on.',
      ),
    ],
  },
};

const SLOW: readonly Reason[] = ['rate_limited', 'busy'];
const SERVER_REASONS: readonly Reason[] = ['server_error', 'bad_gateway', 'down', 'bad_answer'];
const CONNECTION_REASON = /^(dns|tls|unreach|refused|reset|plain)/;
/** Reasons about us, the webhook, its data or the script of a sheet, which have their own words. */
const OWN_WORDS = /^(ok|webhook|interr|cancel|erased|our_|mail|no_|wrong_key|script_)/;

/** The words for every tool that gets requests; null if the reason has its own. */
export function anyTool(name: string, reason: Reason): Words | null {
  const wait = { who: 'none', whatToDo: 'Nothing to do. We try again automatically.' } as const;
  if (SLOW.includes(reason)) {
    return { sentence: `${name} asked us to slow down.`, who: 'none', whatToDo: 'Nothing to do. We wait as it asks.' };
  }
  if (SERVER_REASONS.includes(reason)) return { sentence: `${name} has a problem at the moment.`, ...wait };
  if (CONNECTION_REASON.test(reason)) return { sentence: `We could not reach ${name}.`, ...wait };
  if (reason === 'timeout') return { sentence: `${name} took too long to answer.`, ...wait };
  if (reason === 'too_large') return ours(`The message was too long for ${name}.`);
  if (reason === 'message_refused') return ours(`${name} did not accept the form of this message.`);
  if (reason === 'blocked_address') {
    return byYou(`This is not an address of ${name}.`, `Make one in ${name}, and put it in Settings.`);
  }
  return !OWN_WORDS.test(reason)
    ? byYou(`${name} refused the message.`, `Look at its answer. If it does not help, make a new address in ${name}.`)
    : null;
}

const ours = (sentence: string): Words => ({
  sentence,
  who: 'bpoc',
  whatToDo: 'We look into it. Other messages still go out.',
});

/** For a success: Teams answers before the card is in the channel. */
export const tookOver = (kind: Webhook['kind']): string[] =>
  kind === 'teams' ? ['Teams has taken it over. The card appears in the channel a moment later.'] : [];

/** Addresses that the owners of a tool have given up. */
export const retiredTeams: Words = byYou(
  'Microsoft Teams has retired addresses of this kind.',
  'In Teams, open the channel, choose Workflows, and put the address from there in Settings.',
);

/** Tools that get unmodified messages, recognised by their address. */
export const noCode: readonly { address: RegExp; reasons: readonly Reason[]; words: Words }[] = [
  {
    address: /^https:\/\/([^/]+\.)?make\.com(:\d+)?\//,
    reasons: ['gone'],
    words: byYou(
      'No scenario in Make takes messages at this address.',
      'Add the webhook to a scenario in Make and turn that on. Then turn this webhook on.',
    ),
  },
  {
    address: /^https?:\/\/[^/]+\/webhook-test\//,
    reasons: ['not_found'],
    words: byYou(
      'This is the test address of n8n, which listens for two minutes only.',
      'Put the Production URL of n8n in Settings, and turn the workflow on there.',
    ),
  },
];
