import { plainSentence } from '../../events/catalogue/sentence.js';
import { escaped, type DestinationMessage } from './message.js';

/*
 * A message for a Slack incoming webhook. Rich text takes every text literally; only `text`, which notifications show,
 * is parsed, and there three characters have a meaning (https://docs.slack.dev/messaging/formatting-message-text).
 */

export function renderSlack({ title, sentence, link }: DestinationMessage): string {
  const elements = [
    { type: 'text', text: `${title}\n`, style: { bold: true } },
    ...sentence.map(({ text, strong }) => ({ type: 'text', text, ...(strong && { style: { bold: true } }) })),
    ...(link
      ? [
          { type: 'text', text: '\n' },
          { type: 'link', url: link, text: 'Open in BPOC' },
        ]
      : []),
  ];
  return JSON.stringify({
    text: escaped(`${title}: ${plainSentence(sentence)}`),
    blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }],
    unfurl_links: false,
  });
}
