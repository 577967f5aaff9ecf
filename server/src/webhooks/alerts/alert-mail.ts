import { renderMail } from '../../outbound/mail-text.js';
import type { Mail } from '../../outbound/mailer.js';
import type { AlertWords } from './alert-words.js';

const WHY =
  'You get this mail because your address is in the settings of this webhook, under "Who to email if it fails".';

/** Renders an alert as a mail. */
export function alertMail({ id, to }: Pick<Mail, 'id' | 'to'>, words: AlertWords, link: string | null): Mail {
  const links = link === null ? [] : [{ label: words.link, url: link }];
  return { id, to, ...renderMail({ subject: words.subject, lines: words.lines, links, why: WHY }) };
}
