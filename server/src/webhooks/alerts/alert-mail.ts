import type { Mail } from '../../outbound/mailer.js';
import type { AlertWords } from './alert-words.js';

/* Renders an alert as a mail: plain text, and HTML without images, styles or scripts. */

/** Most mail clients cut longer ones. */
const SUBJECT_LENGTH = 150;
const WHY =
  'You get this mail because your address is in the settings of this webhook, under "Who to email if it fails".';

export function alertMail({ id, to }: Pick<Mail, 'id' | 'to'>, words: AlertWords, link: string | null): Mail {
  const paragraphs = [...words.lines, ...(link === null ? [] : [`${words.link}: ${link}`]), WHY];
  const anchor = link === null ? [] : [`<p><a href="${escaped(link)}">${escaped(words.link)}</a></p>`];
  const html = [...words.lines.map(paragraph), ...anchor, paragraph(WHY)];
  return {
    id,
    to,
    subject: oneLine(words.subject).slice(0, SUBJECT_LENGTH),
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${html.join('')}</body></html>`,
  };
}

const paragraph = (text: string): string => `<p>${escaped(text)}</p>`;

/** A line break in the subject would inject a header. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
