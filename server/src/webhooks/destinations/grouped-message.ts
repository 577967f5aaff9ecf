import { EVENT_GROUPS, findEvent } from '../../events/catalogue/catalogue.js';
import type { Sentence } from '../../events/catalogue/sentence.js';
import {
  clipped,
  destinationMessage,
  type DeliveredEvent,
  type DestinationMessage,
  type DestinationStyle,
} from './message.js';

/* A message for people about several events, before it is rendered for a tool. Pure. */

export interface GroupedMessage {
  /** "37 applications for 5 jobs". */
  title: string;
  /** What happened, in order. */
  sentences: readonly Sentence[];
  /** Where BPOC shows the deliveries; null if the style has no link. */
  link: string | null;
}

export function groupedMessage(
  events: readonly DeliveredEvent[],
  style: DestinationStyle,
  publicUrl: string,
): GroupedMessage {
  const messages = inOrder(events.map((event) => destinationMessage(event, style, publicUrl)));
  const jobs = new Set(messages.flatMap(({ data }) => (typeof data['jobTitle'] === 'string' ? data['jobTitle'] : [])));
  // Never the name of a job: tools may interpret markup in titles.
  const forJobs = jobs.size === 0 ? '' : ` for ${jobs.size} ${jobs.size === 1 ? 'job' : 'jobs'}`;
  const link = style.link ? `${publicUrl}/recruiter/api/deliveries` : null;
  return {
    title: `${events.length} ${nounOf(messages.map(({ type }) => type))}${forJobs}`,
    sentences: messages.map(({ sentence }) => sentence),
    link,
  };
}

/** In the order in which they happened. */
export const inOrder = (messages: readonly DestinationMessage[]): DestinationMessage[] =>
  messages.toSorted((a, b) => {
    if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
    return a.eventId < b.eventId ? -1 : 1;
  });

/** Events that a message lists after its tool found it too large. */
const FEW = 10;

export function shortenedGroup({ sentences, ...message }: GroupedMessage): GroupedMessage {
  const more = sentences.length - FEW;
  const few = sentences.slice(0, FEW).map(clipped);
  return { ...message, sentences: more > 0 ? [...few, andMore(more)] : few };
}

const andMore = (count: number): Sentence => [{ text: `and ${count} more`, strong: false }];

/** "offers" if all events are about offers, "updates" if they are about different things. */
function nounOf(types: readonly string[]): string {
  const groups = new Set(types.map((type) => findEvent(type)?.group));
  const only = groups.size === 1 ? EVENT_GROUPS.find(({ group }) => groups.has(group)) : undefined;
  return only?.title.toLowerCase() ?? 'updates';
}

/**
 * The longest form of a grouped message that has at most `bytes`: `render` gets the sentences that are listed, and a
 * line about the others.
 */
export function withinBytes(
  sentences: readonly Sentence[],
  bytes: number,
  render: (lines: readonly Sentence[]) => string,
): string {
  const listing = (count: number) => {
    const more = sentences.length - count;
    return render(more === 0 ? sentences : [...sentences.slice(0, count), andMore(more)]);
  };
  let [fits, tooMany] = [0, sentences.length + 1];
  while (tooMany - fits > 1) {
    const count = Math.floor((fits + tooMany) / 2);
    if (Buffer.byteLength(listing(count)) <= bytes) fits = count;
    else tooMany = count;
  }
  return listing(fits);
}
