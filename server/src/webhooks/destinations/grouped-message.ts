import { EVENT_GROUPS, findEvent } from '../../events/catalogue/catalogue.js';
import type { Sentence } from '../../events/catalogue/sentence.js';
import {
  clipped,
  destinationMessage,
  type DeliveredEvent,
  type DestinationMessage,
  type DestinationStyle,
} from './message.js';

/* Several events in one message for people, before it takes the form of a tool. Pure, like a message of one. */

export interface GroupedMessage {
  /** "37 applications for 5 jobs". */
  title: string;
  /** What happened, in the order in which it happened. */
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
  // Without the name of a job: where tools show the title, texts may have a meaning.
  const forJobs = jobs.size === 0 ? '' : ` for ${jobs.size} ${jobs.size === 1 ? 'job' : 'jobs'}`;
  const link = style.link ? `${publicUrl}/recruiter/api/deliveries` : null;
  return {
    title: `${events.length} ${nounOf(messages.map(({ type }) => type))}${forJobs}`,
    sentences: messages.map(({ sentence }) => sentence),
    link,
  };
}

/** As they happened. */
export const inOrder = (messages: readonly DestinationMessage[]): DestinationMessage[] =>
  messages.toSorted((a, b) => {
    if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
    return a.eventId < b.eventId ? -1 : 1;
  });

/** Listed by a message that was too large for its tool. */
const FEW = 10;

/** For a tool that found it too large. */
export function shortenedGroup({ sentences, ...message }: GroupedMessage): GroupedMessage {
  const more = sentences.length - FEW;
  const few = sentences.slice(0, FEW).map(clipped);
  return { ...message, sentences: more > 0 ? [...few, andMore(more)] : few };
}

const andMore = (count: number): Sentence => [{ text: `and ${count} more`, strong: false }];

/** What the events are about: "offers", or "updates" if they are about different things. */
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
