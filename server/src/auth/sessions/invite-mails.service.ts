import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Agency } from '../../agencies/agency.entity.js';
import type { User } from '../../agencies/user.entity.js';
import { plainText } from '../../lib/text.js';
import { AppLinks } from '../../outbound/app-links.js';
import { mailOf } from '../../outbound/mail-layout.js';
import { MailOutbox } from '../../outbound/mail-outbox.js';
import { Mailer } from '../../outbound/mailer.js';
import { INVITE_DAYS } from './invites.service.js';

/** Mails the links of invites. */
@Injectable()
export class InviteMails {
  constructor(
    private readonly mailer: Mailer,
    private readonly outbox: MailOutbox,
    private readonly links: AppLinks,
  ) {}

  /**
   * Stores the mail in the caller's transaction. Returns false if the server sends no mail, or if the person or the
   * agency has reached the limit.
   * @param by the name of the inviting person
   */
  async send(
    manager: EntityManager,
    { email, agencyId }: Pick<User, 'email' | 'agencyId'>,
    { token, by: inviter }: { token: string; by: string },
  ): Promise<boolean> {
    const url = this.links.to(`/invite#${token}`);
    if (!this.mailer.works || url === null) return false;
    const agency = await manager.findOneByOrFail(Agency, { id: agencyId });
    // Names are chosen by users, and the mail can go to any address.
    const [by, name] = [plainText(inviter), plainText(agency.name)];
    const content = mailOf({
      subject: `${by} invites you to ${name} on BPOC`,
      paragraphs: [
        `${by} invites you to the webhooks of ${name}. Choose a password to start.`,
        `The link works once, for ${INVITE_DAYS} days. Later, ask ${by} for a new one.`,
      ],
      links: [{ text: 'Choose a password', url }],
      note: `You get this email because ${by} entered your address. If you do not know them, ignore it.`,
    });
    return this.outbox.add(manager, { agencyId, kind: 'invite', recipient: email, content });
  }
}
