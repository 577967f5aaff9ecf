import { plainSentence } from '../../events/catalogue/sentence.js';
import type { DestinationMessage } from './message.js';

/*
 * An adaptive card for the Workflows of Microsoft Teams. Text runs, unlike text blocks, know no Markdown
 * (https://adaptivecards.io/explorer/TextRun.html). `contentUrl` must be there.
 */

export function renderTeams({ title, sentence, link }: DestinationMessage): string {
  const run = (text: string, more: object = {}) => ({ type: 'TextRun', text, ...more });
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    fallbackText: `${title}: ${plainSentence(sentence)}`,
    body: [
      { type: 'RichTextBlock', inlines: [run(title, { size: 'Medium', weight: 'Bolder' })] },
      {
        type: 'RichTextBlock',
        inlines: sentence.map(({ text, strong }) => run(text, strong ? { weight: 'Bolder' } : {})),
      },
    ],
    ...(link && { actions: [{ type: 'Action.OpenUrl', title: 'Open in BPOC', url: link }] }),
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return JSON.stringify({ type: 'message', attachments: [attachment] });
}
