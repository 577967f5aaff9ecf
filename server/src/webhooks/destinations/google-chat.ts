import { escaped, type DestinationMessage } from './message.js';

/*
 * A card for a Google Chat space. Paragraphs know a few HTML tags
 * (https://developers.google.com/workspace/chat/format-messages#card-formatting), so the three characters are escaped.
 */

export function renderGoogleChat({ title, sentence, link, deliveryId }: DestinationMessage): string {
  const text = sentence.map((piece) => (piece.strong ? `<b>${escaped(piece.text)}</b>` : escaped(piece.text))).join('');
  const button = { text: 'Open in BPOC', onClick: { openLink: { url: link } } };
  const widgets = [{ textParagraph: { text } }, ...(link ? [{ buttonList: { buttons: [button] } }] : [])];
  const card = { header: { title }, sections: [{ widgets }] };
  return JSON.stringify({ cardsV2: [{ cardId: deliveryId, card }] });
}
