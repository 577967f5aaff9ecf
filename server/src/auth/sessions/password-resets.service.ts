import { Inject, Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { type EntityManager, type FindOptionsWhere, Raw } from 'typeorm';
import { Agency } from '../../agencies/agency.entity.js';
import { User } from '../../agencies/user.entity.js';
import { AuditLog } from '../../audit/audit-log.service.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { AttemptLimit } from '../../http/attempt-limit.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { foldEmail } from '../../lib/email.js';
import { plainText } from '../../lib/text.js';
import { AppLinks } from '../../outbound/app-links.js';
import { mailOf, type MailContent } from '../../outbound/mail-layout.js';
import { MailOutbox } from '../../outbound/mail-outbox.js';
import { Mailer } from '../../outbound/mailer.js';
import { personActor } from '../actor.js';
import { newToken, parseToken, type PresentedToken } from '../tokens.js';
import { newHash, setPassword } from './accounts.service.js';
import { LoginThrottle } from './login-throttle.js';
import { PasswordReset } from './password-reset.entity.js';
import { Sessions } from './sessions.service.js';

const RESET_MINUTES = 60;

const WINDOW_MS = 15 * 60_000;
const REFUSAL = 'Too many requests for a new password.';
const WHY = 'You get this email because this address has an account at BPOC.';

/**
 * Forgotten passwords. A request stores the address and nothing else, whether or not a person has it. That is looked up
 * when the mail is sent, so that neither the answer nor its time reveals it.
 */
@Injectable()
export class PasswordResets {
  readonly #perPerson = new AttemptLimit({ attempts: 5, windowMs: WINDOW_MS });
  readonly #perAddress = new AttemptLimit({ attempts: 30, windowMs: WINDOW_MS });

  constructor(
    private readonly database: ServiceDatabase,
    private readonly outbox: MailOutbox,
    private readonly mailer: Mailer,
    private readonly links: AppLinks,
    private readonly sessions: Sessions,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditLog,
    @Inject(ENV) private readonly env: Pick<Env, 'identity'>,
  ) {}

  /**
   * Requests a link. More than 3 requests for one address within an hour are accepted and ignored. Throws AppError
   * too_many_requests, or validation_failed if the server sends no mail.
   */
  async ask(ip: string, email: string): Promise<void> {
    if (!this.mailer.works) {
      const message = 'This server sends no email. Ask an owner of your agency for a new link.';
      throw fieldError('email', 'no_mail', message);
    }
    const recipient = foldEmail(email);
    const from = normalizeIp(ip, 64);
    this.#perAddress.take(from, REFUSAL);
    this.#perPerson.take(`${from} ${recipient}`, REFUSAL);
    await this.database.transaction((manager) =>
      this.outbox.add(manager, { agencyId: null, kind: 'password_reset', recipient, content: null }),
    );
  }

  /** The mail with a link for each agency where the person may choose a password; null: there is no such agency. */
  async mailFor(email: string): Promise<MailContent | null> {
    return this.database.transaction(async (manager) => {
      const known = await manager.find(User, { where: { email }, order: { id: 'ASC' } });
      const users = known.filter((user) => this.#mayChoose(user));
      const links = [];
      for (const user of users) {
        const url = this.links.to(`/reset-password#${await this.#issue(manager, user)}`);
        if (url === null) throw new Error('an email needs PUBLIC_URL');
        const { name } = await manager.findOneByOrFail(Agency, { id: user.agencyId });
        links.push({
          text: users.length === 1 ? 'Choose a new password' : `New password for ${plainText(name)}`,
          url,
        });
      }
      if (links.length === 0) return null;
      const which = links.length === 1 ? 'The link works' : 'Each of your agencies has its own link. It works';
      return mailOf({
        subject: 'Choose a new password for BPOC',
        paragraphs: [
          `We were asked for a new password for ${email}. If that was you, choose one now.`,
          `${which} once, for ${RESET_MINUTES} minutes.`,
          'If it was not you, ignore this email. Your password stays as it is.',
        ],
        links,
        note: WHY,
      });
    });
  }

  /**
   * Sets the password, ends every session of the person, and informs them by mail. A link works once. Throws AppError
   * invalid_credentials and too_many_requests.
   */
  async reset(ip: string, token: string, password: string): Promise<void> {
    const reset = parseToken(token);
    if (reset?.kind !== 'rst') throw invalidLink();
    // Hashing is expensive, so only valid links cause it.
    const hash = await this.throttle.attempt(ip, reset.id, async () => {
      const { manager } = this.database;
      const open = await manager.findOneBy(PasswordReset, isOpen(reset));
      const user = open && (await manager.findOneBy(User, { id: open.userId, agencyId: open.agencyId }));
      return user && newHash(manager, user.email, password);
    });
    if (hash === null) throw invalidLink();
    const email = await this.database.transaction(async (manager) => {
      // Locked, so that the second of two concurrent requests finds no valid link.
      const open = await manager.findOne(PasswordReset, { where: isOpen(reset), lock: { mode: 'pessimistic_write' } });
      if (!open) throw invalidLink();
      const user = await manager.findOneByOrFail(User, { id: open.userId, agencyId: open.agencyId });
      await setPassword(manager, user, hash);
      await this.sessions.endOthers(manager, user, null);
      await this.audit.record(manager, personActor(user), { action: 'user.reset_password' });
      await this.#notify(manager, user);
      return user.email;
    });
    // Earlier wrong guesses must not lock out a person who has just proven to own the address.
    this.throttle.reset(ip, email);
  }

  /**
   * An expired invite is not renewed, and people who sign in at the identity provider only get no password in addition.
   */
  #mayChoose({ passwordHash, inviteExpiresAt }: User): boolean {
    if (passwordHash !== null) return true;
    return this.env.identity?.source !== 'users' && inviteExpiresAt !== null && inviteExpiresAt > new Date();
  }

  async #issue(manager: EntityManager, { id: userId, agencyId }: User): Promise<string> {
    const { id, token, hash } = newToken('rst');
    await manager.delete(PasswordReset, { userId, agencyId, expiresAt: Raw((column) => `${column} <= now()`) });
    const expiresAt = () => `now() + interval '${RESET_MINUTES} minutes'`;
    await manager.insert(PasswordReset, { id, agencyId, userId, hash, expiresAt });
    const entry = { action: 'user.password_reset_sent', agencyId, targetKind: 'user', targetId: userId };
    await this.audit.record(manager, null, entry);
    return token;
  }

  async #notify(manager: EntityManager, { agencyId, email }: User): Promise<void> {
    const link = this.links.to('/forgot-password');
    const content = mailOf({
      subject: 'Your BPOC password was changed',
      paragraphs: [
        `The password for ${email} was changed by a link that we sent to this address. All browsers were signed out.`,
        'If it was not you, ask for a new password now, and tell an owner of your agency.',
      ],
      links: link === null ? [] : [{ text: 'Choose another password', url: link }],
      note: WHY,
    });
    await this.outbox.add(manager, { agencyId, kind: 'password_changed', recipient: email, content });
  }
}

function isOpen({ id, hash }: PresentedToken): FindOptionsWhere<PasswordReset> {
  return { id, hash, expiresAt: Raw((column) => `${column} > now()`) };
}

function invalidLink(): AppError {
  return new AppError('invalid_credentials', 'This link was used, has expired or is incomplete. Ask for a new one.');
}
