import type { Sentence } from '../../events/catalogue/sentence.js';
import { withinBytes, type GroupedMessage } from './grouped-message.js';
import { escaped, type ChatMessage } from './message.js';

/*
 * A card for a Google Chat space. Paragraphs may have a few HTML tags
 * (https://developers.google.com/workspace/chat/format-messages#card-formatting), so texts are escaped. No `requestId`,
 * which would also hide messages that a person sends again. No `threadKey`, which would put unrelated candidates into
 * one thread.
 */

export function renderGoogleChat({ title, sentence, link, deliveryId }: ChatMessage): string {
  return card({ id: deliveryId, title, lines: [sentence], link });
}

/** Google Chat takes 32,000 bytes. */
const MOST_BYTES = 31_000;

/** `id`: of the group. */
export function renderGoogleChatGroup({ title, sentences, link }: GroupedMessage, id: string): string {
  return withinBytes(sentences, MOST_BYTES, (lines) => card({ id, title, lines, link }));
}

interface Card {
  id: string;
  title: string;
  lines: readonly Sentence[];
  link: string | null;
}

const marked = (sentence: Sentence) =>
  sentence.map((piece) => (piece.strong ? `<b>${escaped(piece.text)}</b>` : escaped(piece.text))).join('');

function card({ id, title, lines, link }: Card): string {
  const text = lines.map(marked).join('<br>');
  const button = { text: 'Open in BPOC', onClick: { openLink: { url: link } } };
  const widgets = [{ textParagraph: { text } }, ...(link ? [{ buttonList: { buttons: [button] } }] : [])];
  return JSON.stringify({ cardsV2: [{ cardId: id, card: { header: { title }, sections: [{ widgets }] } }] });
}
