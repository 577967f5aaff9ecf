import { plainSentence, type Sentence } from '../../events/catalogue/sentence.js';

/* The form of every mail: a title, sentences, a button and small print, as plain text and as HTML. Pure. */

export interface MailContent {
  subject: string;
  text: string;
  html: string;
}

export interface MailParts {
  /** One line; most mail programs cut longer ones than 150 characters. */
  subject: string;
  title: string;
  paragraphs: readonly Sentence[];
  button: MailLink | null;
  /** Why it came, and how to end it. */
  note: string;
  noteLink?: MailLink;
}

interface MailLink {
  text: string;
  url: string;
}

const SUBJECT_LENGTH = 150;

export function mailOf({ subject, title, paragraphs, button, note, noteLink }: MailParts): MailContent {
  const links = [button, noteLink].map((link) => (link ? `${link.text}: ${link.url}` : null));
  const text = [...paragraphs.map(plainSentence), links[0], `-- \n${note}`, links[1]].filter((part) => part !== null);
  return {
    // A line break would inject a header.
    subject: Array.from(subject.replaceAll(/\p{Cc}+/gu, ' '))
      .slice(0, SUBJECT_LENGTH)
      .join(''),
    text: `${text.filter((part) => part !== undefined).join('\n\n')}\n`,
    html: htmlOf({ title, paragraphs, button, note, ...(noteLink && { noteLink }) }),
  };
}

/** Styles in the elements: most mail programs drop all others. No images and no fonts, which tell who reads. */
function htmlOf({ title, paragraphs, button, note, noteLink }: Omit<MailParts, 'subject'>): string {
  const font = `font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif`;
  const rows = [
    `<h1 style="margin:0 0 16px;font-size:18px;line-height:26px">${escapedHtml(title)}</h1>`,
    ...paragraphs.map((sentence) => `<p style="margin:0 0 12px">${sentence.map(pieceHtml).join('')}</p>`),
    ...(button
      ? [
          `<p style="margin:24px 0 8px"><a href="${escapedHtml(button.url)}" style="display:inline-block;` +
            'padding:11px 20px;border-radius:6px;background:#1f5fbf;color:#ffffff;font-weight:600;' +
            `text-decoration:none">${escapedHtml(button.text)}</a></p>`,
        ]
      : []),
  ];
  const small = noteLink
    ? `${escapedHtml(note)} <a href="${escapedHtml(noteLink.url)}" style="color:#5a6472">` +
      `${escapedHtml(noteLink.text)}</a>`
    : escapedHtml(note);
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapedHtml(title)}</title></head>` +
    '<body style="margin:0;background:#f3f5f8"><table role="presentation" width="100%" cellpadding="0" ' +
    'cellspacing="0"><tr><td align="center" style="padding:24px 12px"><table role="presentation" width="100%" ' +
    `cellpadding="0" cellspacing="0" style="max-width:560px;${font}"><tr><td style="padding:28px;background:#ffffff;` +
    'border:1px solid #dde2ea;border-radius:10px;color:#1a2230;font-size:16px;line-height:24px">' +
    `${rows.join('')}</td></tr><tr><td style="padding:14px 28px;color:#5a6472;font-size:13px;line-height:19px">` +
    `${small}</td></tr></table></td></tr></table></body></html>`
  );
}

const pieceHtml = ({ text, strong }: Sentence[number]): string =>
  strong ? `<strong>${escapedHtml(text)}</strong>` : escapedHtml(text);

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapedHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
