import type { ToolKind } from '../copy-tools';

/* Parses a message to a chat from the request that the server made. */

interface Piece {
  text: string;
  strong: boolean;
}

export interface ChatMessage {
  title: string;
  /** One for each event. */
  lines: Piece[][];
  /** The label of the link into BPOC. */
  button: string | null;
}

export type ChatKind = Extract<ToolKind, 'slack' | 'teams' | 'google_chat'>;

/** Returns null if it is not such a message. */
export function chatMessage(kind: ChatKind, body: string): ChatMessage | null {
  try {
    return PARSERS[kind](JSON.parse(body) as never);
  } catch {
    return null;
  }
}

const PARSERS: Record<ChatKind, (body: never) => ChatMessage> = {
  slack: slackMessage,
  teams: teamsMessage,
  google_chat: googleChatMessage,
};

interface SlackText {
  type: 'text' | 'link';
  text: string;
  style?: { bold?: boolean };
}
interface SlackSection {
  type: 'rich_text_section' | 'rich_text_list';
  elements: (SlackText | SlackSection)[];
}

function slackMessage({ blocks }: { blocks: { elements: SlackSection[] }[] }): ChatMessage {
  const sections = blocks[0]!.elements;
  const texts = sections
    .filter(({ type }) => type === 'rich_text_section')
    .flatMap(({ elements }) => elements as SlackText[]);
  const listed = sections.find(({ type }) => type === 'rich_text_list')?.elements as SlackSection[] | undefined;
  const [title, ...rest] = texts;
  const pieces = rest.filter(({ type, text }) => type === 'text' && text !== '\n');
  return {
    title: title!.text.trim(),
    lines: (listed?.map(({ elements }) => elements as SlackText[]) ?? [pieces]).map(slackPieces),
    button: texts.find(({ type }) => type === 'link')?.text ?? null,
  };
}

const slackPieces = (texts: SlackText[]): Piece[] =>
  texts.map(({ text, style }) => ({ text, strong: style?.bold === true }));

interface TeamsBody {
  attachments: {
    content: {
      body: { inlines: { text: string; weight?: string }[] }[];
      actions?: { title: string }[];
    };
  }[];
}

function teamsMessage({ attachments }: TeamsBody): ChatMessage {
  const { body, actions } = attachments[0]!.content;
  const [title, ...lines] = body;
  return {
    title: title!.inlines[0]!.text,
    lines: lines.map(({ inlines }) => inlines.map(({ text, weight }) => ({ text, strong: weight === 'Bolder' }))),
    button: actions?.[0]?.title ?? null,
  };
}

interface GoogleChatBody {
  cardsV2: {
    card: {
      header: { title: string };
      sections: { widgets: { textParagraph?: { text: string }; buttonList?: { buttons: { text: string }[] } }[] }[];
    };
  }[];
}

function googleChatMessage({ cardsV2 }: GoogleChatBody): ChatMessage {
  const { header, sections } = cardsV2[0]!.card;
  const [text, buttons] = sections[0]!.widgets;
  return {
    title: header.title,
    lines: text!.textParagraph!.text.split('<br>').map(markedPieces),
    button: buttons?.buttonList?.buttons[0]?.text ?? null,
  };
}

/** Parses text with `<b>` and the three entities. */
const markedPieces = (html: string): Piece[] =>
  html
    .split(/(<b>.*?<\/b>)/)
    .filter((part) => part !== '')
    .map((part) => ({ text: unescaped(part.replaceAll(/<\/?b>/g, '')), strong: part.startsWith('<b>') }));

const unescaped = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

type Row = Readonly<Record<string, string | number | boolean>>;

interface SheetRows {
  columns: string[];
  /** Cells in the order of the columns. */
  rows: string[][];
}

/** The rows that a script adds to its sheet, one for each event; null if it is not such a request. */
export function sheetRows(body: string): SheetRows | null {
  try {
    const sent = JSON.parse(body) as Row | { rows: Row[] };
    const rows = Array.isArray(sent.rows) ? (sent as { rows: Row[] }).rows : [sent as Row];
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    return { columns, rows: rows.map((row) => columns.map((column) => cell(row[column]))) };
  } catch {
    return null;
  }
}

/** The apostrophe keeps a text from being a formula; a sheet does not show it. */
const cell = (value: Row[string] | undefined): string => String(value ?? '').replace(/^'/, '');
