import { findEvent, TEST_EVENT_TYPE } from '../../events/catalogue/catalogue.js';
import type { Schedule } from './schedule.js';
import { factsOf, sentenceFrom, type NameStyle, type Piece, type Sentence } from '../../events/catalogue/sentence.js';

/* A message for people, before it is rendered for a tool. Pure: the same input gives the same message. */

/** How messages of a tool look, and when they go out. */
export interface DestinationStyle extends Partial<Schedule> {
  names: NameStyle;
  /** Whether the message has a link into BPOC. */
  link: boolean;
}

export interface DeliveredEvent {
  /** `webhook-id`. */
  eventId: string;
  deliveryId: string;
  /** The message of kind `endpoint`: JSON of event, timestamp and data. */
  body: string;
  test: boolean;
}

export interface DestinationMessage extends Omit<DeliveredEvent, 'body'> {
  type: string;
  title: string;
  sentence: Sentence;
  /** RFC 3339, when it happened. */
  timestamp: string;
  data: Readonly<Record<string, unknown>>;
  /** Where BPOC shows the delivery; null if the style has no link. */
  link: string | null;
}

/** The part of a message that chats show. */
export type ChatMessage = Pick<DestinationMessage, 'title' | 'sentence' | 'link' | 'deliveryId'>;

/** For formats in which these three characters are markup. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const SHORT_LENGTH = 150;

/** The beginning of a sentence, about a line long. */
export function clipped(sentence: Sentence): Sentence {
  const pieces: Piece[] = [];
  let left = SHORT_LENGTH;
  for (const { text, strong } of sentence) {
    const characters = Array.from(text);
    if (left > 0) pieces.push({ text: characters.slice(0, left).join(''), strong });
    left -= characters.length;
  }
  return left >= 0 ? sentence : [...pieces, { text: '…', strong: false }];
}

/** `publicUrl`: the address of this installation, without a trailing slash. */
export function destinationMessage(
  { body, ...delivered }: DeliveredEvent,
  style: DestinationStyle,
  publicUrl: string,
): DestinationMessage {
  const {
    event: type,
    timestamp,
    data,
  } = JSON.parse(body) as {
    event: string;
    timestamp: string;
    data: Record<string, unknown>;
  };
  const words = wordsOf(type, data, style.names);
  const { sentence } = words;
  const title = delivered.test && type !== TEST_EVENT_TYPE ? `${words.title} (test)` : words.title;
  const link = style.link ? `${publicUrl}/recruiter/api/deliveries/${delivered.deliveryId}` : null;
  return { ...delivered, type, timestamp, data, link, sentence, title };
}

/** `heading`: the candidate and the job, "Maria Santos · Customer Service Representative"; null for a test. */
export function wordsOf(
  type: string,
  data: Readonly<Record<string, unknown>>,
  names: NameStyle,
): { title: string; sentence: Sentence; heading: Sentence | null } {
  const definition = findEvent(type);
  if (!definition) {
    const text = type === TEST_EVENT_TYPE && typeof data['message'] === 'string' ? data['message'] : type;
    return { title: 'Test', sentence: [{ text, strong: false }], heading: null };
  }
  const { subject, sentence } = definition;
  const id = data[subject.name];
  const facts = factsOf(data, { names, subject: { kind: subject.reference!, id: typeof id === 'string' ? id : '' } });
  return {
    title: definition.title,
    sentence: sentenceFrom(sentence(facts)),
    heading: sentenceFrom([facts.who, ...facts.ofJob]),
  };
}
