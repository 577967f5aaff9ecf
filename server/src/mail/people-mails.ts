import { Injectable } from '@nestjs/common';
import { PasswordResets } from '../auth/sessions/password-resets.service.js';
import { MailOutbox, type PendingMail } from '../outbound/mail-outbox.js';
import { Mailer } from '../outbound/mailer.js';
import { Outboxes } from './outboxes.js';

/** Sends the mails of the `mails` table: invites, passwords and digests. */
@Injectable()
export class PeopleMails {
  constructor(
    outboxes: Outboxes,
    private readonly outbox: MailOutbox,
    private readonly mailer: Mailer,
    private readonly resets: PasswordResets,
  ) {
    outboxes.add<PendingMail>({
      name: 'mail_outbox',
      outbox,
      send: (mail) => this.#send(mail),
      nameOf: ({ id, kind }) => `mail ${id} (${kind})`,
    });
  }

  /** The mail for a forgotten password has no content yet; it is rendered now. */
  async #send({ id, recipient, content: stored }: PendingMail): Promise<boolean> {
    const content = stored === null ? await this.resets.mailFor(recipient) : this.outbox.decrypt(id, stored);
    if (content === null) return false;
    await this.mailer.send({ id, to: recipient, ...content });
    return true;
  }
}
