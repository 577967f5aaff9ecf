import { momentOf, plainSentence } from '../../events/catalogue/sentence.js';
import { mailOf, type MailContent } from '../../outbound/mail-layout.js';
import { withinBytes, type GroupedMessage } from './grouped-message.js';
import type { DestinationMessage } from './message.js';

/*
 * A mail about one event, as JSON, which is what the log and previews show. Each recipient has a secret link to end
 * these emails: here it is `…`.
 */

export function renderMail({ title, sentence, timestamp, link }: DestinationMessage, publicUrl: string): string {
  const content = mailOf({
    subject: `${title}: ${plainSentence(sentence)}`,
    title,
    paragraphs: [sentence, momentOf(timestamp)],
    links: link === null ? [] : [{ text: 'Open in BPOC', url: link }],
    ...footOf(publicUrl),
  });
  return JSON.stringify(content);
}

/** Text and HTML together: Google Mail shows at most 102 KB of a mail. */
const MOST_BYTES = 95_000;

export function renderMailGroup({ title, sentences, link }: GroupedMessage, publicUrl: string): string {
  return withinBytes(sentences, MOST_BYTES, (lines) =>
    JSON.stringify(
      mailOf({
        subject: title,
        paragraphs: [],
        list: lines,
        links: link === null ? [] : [{ text: 'Open in BPOC', url: link }],
        ...footOf(publicUrl),
      }),
    ),
  );
}

const footOf = (publicUrl: string) => ({
  note: 'You get this because you are a recipient of these emails.',
  noteLink: { text: 'Stop these emails', url: unsubscribeUrl(publicUrl) },
});

export const unsubscribeUrl = (publicUrl: string, token = '…'): string => `${publicUrl}/mail/unsubscribe/${token}`;

/** The mail of one recipient. Texts of events cannot contain this link, because rendering breaks every link in them. */
export function personalMail(rendered: string, publicUrl: string, token: string): MailContent {
  const mail = JSON.parse(rendered) as MailContent;
  const own = (text: string) => text.replaceAll(unsubscribeUrl(publicUrl), unsubscribeUrl(publicUrl, token));
  return { subject: mail.subject, text: own(mail.text), html: own(mail.html) };
}
