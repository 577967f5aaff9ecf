import type { ToolKind } from '../copy-tools';
import { chatMessage, sheetRows, type ChatKind, type ChatMessage } from '../lib/tool-message';
import { MailView } from './mail-view';
import css from './tool-view.module.css';

interface ToolViewProps {
  kind: ToolKind;
  /** The request as stored by the server. */
  body: string;
}

/** A message as its tool shows it, without active links. Empty if the request is not such a message. */
export function ToolView({ kind, body }: ToolViewProps) {
  if (kind === 'email') return <MailView body={body} />;
  if (kind === 'google_sheets') return <SheetView body={body} />;
  const message = chatMessage(kind, body);
  return message && <ChatView kind={kind} message={message} />;
}

/** The sender of a message, in the style of each chat. */
const SENDERS: Record<ChatKind, { name: string; tag: string }> = {
  slack: { name: 'BPOC', tag: 'APP' },
  teams: { name: 'Workflows', tag: '' },
  google_chat: { name: 'BPOC', tag: 'App' },
};

function ChatView({ kind, message: { title, lines, button } }: { kind: ChatKind; message: ChatMessage }) {
  const { name, tag } = SENDERS[kind];
  const List = lines.length > 1 && kind === 'slack' ? 'ul' : 'div';
  const Line = List === 'ul' ? 'li' : 'p';
  return (
    <section className={css.chat} data-kind={kind} aria-label="Message">
      <span className={css.avatar} aria-hidden="true">
        {name[0]}
      </span>
      <p className={css.sender}>
        <strong>{name}</strong>
        {tag ? <span className={css.tag}>{tag}</span> : null}
      </p>
      <div className={css.card}>
        <p className={css.cardTitle}>{title}</p>
        <List className={css.lines}>
          {lines.map((pieces, line) => (
            <Line key={line}>
              {pieces.map(({ text, strong }, n) => (strong ? <strong key={n}>{text}</strong> : text))}
            </Line>
          ))}
        </List>
        {button ? <span className={css.button}>{button}</span> : null}
      </div>
    </section>
  );
}

function SheetView({ body }: { body: string }) {
  const sheet = sheetRows(body);
  if (!sheet) return null;
  return (
    // The table is wider than most windows, so it scrolls, also by keyboard.
    <section className={css.sheet} aria-label="Rows of the sheet" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {sheet.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((value, column) => (
                <td key={column}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
