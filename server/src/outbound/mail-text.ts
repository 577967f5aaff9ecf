import type { Mail } from './mailer.js';

/* Renders a mail: plain text, and HTML without images, scripts or anything that is loaded from elsewhere. */

export interface MailWords {
  subject: string;
  /** Paragraphs. */
  lines: readonly string[];
  /** The first is a button in HTML. */
  links: readonly { label: string; url: string }[];
  /** Why the reader gets this mail. */
  why: string;
}

/** Most mail clients cut longer ones. */
const SUBJECT_LENGTH = 150;

const BODY = 'margin:0;padding:24px 16px;background:#f4f5f7;font:16px/1.5 system-ui,sans-serif;color:#1c2330';
const CARD = 'max-width:520px;margin:0 auto;padding:24px 28px;background:#ffffff;border-radius:8px';
const BUTTON =
  'display:inline-block;padding:10px 18px;background:#1f5fd0;color:#ffffff;border-radius:6px;text-decoration:none';
const QUIET = 'margin:24px 0 0;font-size:13px;color:#5b6472';

export function renderMail({ subject, lines, links, why }: MailWords): Pick<Mail, 'subject' | 'text' | 'html'> {
  const paragraphs = [...lines, ...links.map(({ label, url }) => `${label}: ${url}`), why];
  const anchors = links.map(
    ({ label, url }, index) =>
      `<p><a href="${escaped(url)}"${index === 0 ? ` style="${BUTTON}"` : ''}>${escaped(label)}</a></p>`,
  );
  const html = [
    ...lines.map((line) => `<p>${escaped(line)}</p>`),
    ...anchors,
    `<p style="${QUIET}">${escaped(why)}</p>`,
  ];
  return {
    subject: oneLine(subject).slice(0, SUBJECT_LENGTH),
    text: `${paragraphs.join('\n\n')}\n`,
    html:
      `<!doctype html><html lang="en"><body style="${BODY}"><div style="${CARD}">${html.join('')}</div>` +
      '</body></html>',
  };
}

/** A line break in the subject would inject a header. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
