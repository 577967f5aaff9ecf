import { plainSentence, type Sentence } from '../../events/catalogue/sentence.js';
import { withinBytes, type GroupedMessage } from './grouped-message.js';
import type { ChatMessage } from './message.js';

/*
 * An adaptive card for the Workflows of Microsoft Teams. Text runs, unlike text blocks, have no Markdown
 * (https://adaptivecards.io/explorer/TextRun.html). `contentUrl` is required.
 */

export function renderTeams({ title, sentence, link }: ChatMessage): string {
  return card({ title, text: `${title}: ${plainSentence(sentence)}`, lines: [sentence], link });
}

/** Teams takes 28 KB. */
const MOST_BYTES = 27_000;

export function renderTeamsGroup({ title, sentences, link }: GroupedMessage): string {
  return withinBytes(sentences, MOST_BYTES, (lines) => card({ title, text: title, lines, link }));
}

interface Card {
  title: string;
  /** Where cards are not shown. */
  text: string;
  lines: readonly Sentence[];
  link: string | null;
}

const run = (text: string, more: object) => ({ type: 'TextRun', text, ...more });

function card({ title, text, lines, link }: Card): string {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    fallbackText: text,
    body: [
      { type: 'RichTextBlock', inlines: [run(title, { size: 'Medium', weight: 'Bolder' })] },
      ...lines.map((sentence) => ({
        type: 'RichTextBlock',
        inlines: sentence.map((piece) => run(piece.text, piece.strong ? { weight: 'Bolder' } : {})),
      })),
    ],
    ...(link && { actions: [{ type: 'Action.OpenUrl', title: 'Open in BPOC', url: link }] }),
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return JSON.stringify({ type: 'message', attachments: [attachment] });
}
