/* The layout of every mail: a title, paragraphs, links and small print, as plain text and as HTML. Pure. */

export interface MailContent {
  subject: string;
  text: string;
  html: string;
}

/** Plain text, or pieces of it with emphasis. */
type Paragraph = string | readonly Piece[];

interface Piece {
  text: string;
  strong: boolean;
}

export interface MailParts {
  /** One line; cut at 150 characters, as most mail programs do. */
  subject: string;
  /** Default: the subject. */
  title?: string;
  paragraphs: readonly Paragraph[];
  /** Bullet points, after the paragraphs. */
  list?: readonly Paragraph[];
  /** The first is a button in HTML. */
  links: readonly MailLink[];
  /** Why the recipient gets this mail, and how to stop it. */
  note: string;
  noteLink?: MailLink;
}

interface MailLink {
  text: string;
  url: string;
}

const SUBJECT_LENGTH = 150;

export function mailOf({ subject, title = subject, ...parts }: MailParts): MailContent {
  const { paragraphs, list = [], links, note, noteLink } = parts;
  const ofLink = ({ text, url }: MailLink) => `${text}: ${url}`;
  const text = [
    ...paragraphs.map(plain),
    ...(list.length > 0 ? [list.map((item) => `- ${plain(item)}`).join('\n')] : []),
    ...links.map(ofLink),
    `-- \n${note}`,
    ...(noteLink ? [ofLink(noteLink)] : []),
  ];
  return {
    // A line break would inject another header.
    subject: Array.from(subject.replaceAll(/\p{Cc}+/gu, ' '))
      .slice(0, SUBJECT_LENGTH)
      .join(''),
    text: `${text.join('\n\n')}\n`,
    html: htmlOf(title, parts),
  };
}

/**
 * Inline styles, because many mail programs drop all others; those with a dark mode read its colours from the head. No
 * images and no fonts: loading them would tell the sender who reads the mail.
 */
function htmlOf(title: string, parts: Omit<MailParts, 'subject' | 'title'>): string {
  const { paragraphs, list = [], links, note, noteLink } = parts;
  const font = `font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif`;
  const rows = [
    `<h1 style="margin:0 0 16px;font-size:18px;line-height:26px">${escapedHtml(title)}</h1>`,
    ...paragraphs.map((paragraph) => `<p style="margin:0 0 12px">${paragraphHtml(paragraph)}</p>`),
    ...(list.length > 0 ? [`<ul style="margin:0 0 12px;padding:0 0 0 20px">${list.map(itemHtml).join('')}</ul>`] : []),
    ...links.map(linkHtml),
  ];
  const small = noteLink
    ? `${escapedHtml(note)} <a href="${escapedHtml(noteLink.url)}" class="quiet" style="color:#5a6472">` +
      `${escapedHtml(noteLink.text)}</a>`
    : escapedHtml(note);
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" ' +
    `content="light dark"><style>${DARK}</style><title>${escapedHtml(title)}</title></head>` +
    '<body class="paper" style="margin:0;background:#f3f5f8"><table role="presentation" width="100%" ' +
    'cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px 12px"><table role="presentation" ' +
    `width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;${font}"><tr><td class="card" ` +
    'style="padding:28px;background:#ffffff;border:1px solid #dde2ea;border-radius:10px;color:#1a2230;' +
    `font-size:16px;line-height:24px">${rows.join('')}</td></tr><tr><td class="quiet" ` +
    `style="padding:14px 28px;color:#5a6472;font-size:13px;line-height:19px">${small}</td></tr></table>` +
    '</td></tr></table></body></html>'
  );
}

function linkHtml({ text, url }: MailLink, index: number): string {
  const [margin, look] =
    index === 0 ? ['24px 0 8px', `style="${BUTTON}"`] : ['12px 0 0', 'class="link" style="color:#3b5bdb"'];
  return `<p style="margin:${margin}"><a href="${escapedHtml(url)}" ${look}>${escapedHtml(text)}</a></p>`;
}

const DARK =
  ':root{color-scheme:light dark}@media (prefers-color-scheme:dark){.paper{background:#14181d!important}' +
  '.card{background:#1b2027!important;border-color:#2e353f!important;color:#e4e7eb!important}' +
  '.quiet{color:#a6adb4!important}.link{color:#91a7ff!important}}';

const BUTTON =
  'display:inline-block;padding:11px 20px;border-radius:6px;background:#3b5bdb;color:#ffffff;font-weight:600;' +
  'text-decoration:none';

const plain = (paragraph: Paragraph): string =>
  typeof paragraph === 'string' ? paragraph : paragraph.map(({ text }) => text).join('');

const paragraphHtml = (paragraph: Paragraph): string =>
  typeof paragraph === 'string' ? escapedHtml(paragraph) : paragraph.map(pieceHtml).join('');

const itemHtml = (item: Paragraph): string => `<li style="margin:0 0 6px">${paragraphHtml(item)}</li>`;

const pieceHtml = ({ text, strong }: Piece): string =>
  strong ? `<strong>${escapedHtml(text)}</strong>` : escapedHtml(text);

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapedHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
