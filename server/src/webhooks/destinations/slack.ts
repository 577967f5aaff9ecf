import { plainSentence, type Piece, type Sentence } from '../../events/catalogue/sentence.js';
import { withinBytes, type GroupedMessage } from './grouped-message.js';
import { escaped, type ChatMessage } from './message.js';

/*
 * A message for a Slack incoming webhook. Rich text is literal; only `text`, which notifications show, is parsed, and
 * three characters of it are markup (https://docs.slack.dev/messaging/formatting-message-text).
 */

export function renderSlack({ title, sentence, link }: ChatMessage): string {
  const elements = [
    titled(`${title}\n`),
    ...sentence.map(textOf),
    ...(link ? [{ type: 'text', text: '\n' }, linked(link)] : []),
  ];
  return message(`${title}: ${plainSentence(sentence)}`, [{ type: 'rich_text_section', elements }]);
}

/** Slack takes 40,000 characters. */
const MOST_BYTES = 39_000;

export function renderSlackGroup({ title, sentences, link }: GroupedMessage): string {
  return withinBytes(sentences, MOST_BYTES, (lines) =>
    message(title, [
      { type: 'rich_text_section', elements: [titled(title)] },
      { type: 'rich_text_list', style: 'bullet', elements: lines.map(sectionOf) },
      ...(link ? [{ type: 'rich_text_section', elements: [linked(link)] }] : []),
    ]),
  );
}

const titled = (text: string) => ({ type: 'text', text, style: { bold: true } });
const textOf = ({ text, strong }: Piece) => ({ type: 'text', text, ...(strong && { style: { bold: true } }) });
const linked = (url: string) => ({ type: 'link', url, text: 'Open in BPOC' });
const sectionOf = (sentence: Sentence) => ({ type: 'rich_text_section', elements: sentence.map(textOf) });

const message = (text: string, elements: object[]) =>
  JSON.stringify({ text: escaped(text), blocks: [{ type: 'rich_text', elements }], unfurl_links: false });
