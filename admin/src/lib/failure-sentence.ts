import type { Attempt, Reason, Webhook } from '../api/types';
import { reasons, type ReasonWords } from '../copy';
import { anyTool, noCode, retiredTeams, toolNames, toolReasons, type ToolKind } from '../copy-tools';
import { duration, longDate, seconds } from './time';

type Known = Pick<Attempt, 'certificate_expired_at' | 'duration_ms'>;
/** Where it was sent. */
type Target = Pick<Webhook, 'kind' | 'url'>;

/** What the reason means for this target. `answer`: what it said, as far as it is known. */
export function reasonWords(reason: Reason, target: Target, answer: string | null = null): ReasonWords {
  return { ...reasons[reason], ...specialWords(reason, target, answer ?? '') };
}

function specialWords(reason: Reason, { kind, url }: Target, answer: string) {
  if (kind === 'endpoint' || kind === 'listen') {
    return noCode.find(({ address, reasons: known }) => known.includes(reason) && address.test(url ?? ''))?.words;
  }
  if (kind === 'teams' && reason === 'blocked_address' && /\.webhook\.office\.com\//.test(url ?? '')) {
    return retiredTeams;
  }
  const rule = toolReasons[kind][reason]?.find(({ said }) => !said || said.test(answer));
  return rule ?? (kind === 'email' ? undefined : anyTool(toolNames[kind], reason));
}

/** The same in one sentence, with details of this try. */
export function sentenceOf(reason: Reason, attempt: Known | undefined, target: Target, answer?: string | null): string {
  const { certificate_expired_at: ended, duration_ms: waited } = attempt ?? {};
  if (!isTool(target.kind)) {
    if (reason === 'tls_expired' && ended) return `Their site’s security certificate expired on ${longDate(ended)}.`;
    if (reason === 'timeout' && waited) return `They took longer than ${wholeSeconds(waited)}.`;
  }
  return reasonWords(reason, target, answer).sentence;
}

export const isTool = (kind: Webhook['kind']): kind is ToolKind => Object.hasOwn(toolNames, kind);

/** A try ends a moment after its limit, which is what to name. */
function wholeSeconds(ms: number): string {
  return ms < 1_000 ? duration(ms) : seconds(Math.floor(ms / 1_000) * 1_000);
}
