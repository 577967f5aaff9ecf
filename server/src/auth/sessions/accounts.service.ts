import { Injectable } from '@nestjs/common';
import { type EntityManager, type FindOptionsWhere, IsNull, Not, Raw } from 'typeorm';
import { User } from '../../agencies/user.entity.js';
import { AuditLog } from '../../audit/audit-log.service.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { foldEmail } from '../../lib/email.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { type AgencyActor, personActor } from '../actor.js';
import { LoginThrottle } from './login-throttle.js';
import { PasswordReset } from './password-reset.entity.js';
import { findPassword, hashPassword, verifyPassword } from './password.js';
import { Sessions } from './sessions.service.js';
import { parseToken, type PresentedToken } from '../tokens.js';

export interface SignedIn {
  actor: AgencyActor;
  sessionToken: string;
}

/** Password accounts: sign-in, change of password, accepting an invite. */
@Injectable()
export class Accounts {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly sessions: Sessions,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditLog,
  ) {}

  /**
   * A person of several agencies is signed in to the one whose password was given; if several have it, the one that
   * invited first. Throws AppError too_many_requests, or invalid_credentials: the same for a wrong email and a wrong
   * password.
   */
  async signIn(ip: string, email: string, password: string): Promise<SignedIn> {
    const address = foldEmail(email);
    const user = await this.throttle.attempt(ip, address, async () => {
      const known = await withPassword(this.database.manager, address);
      const index = await findPassword(
        password,
        known.map(({ passwordHash }) => passwordHash!),
      );
      return known[index] ?? null;
    });
    if (!user) throw new AppError('invalid_credentials', 'Wrong email or password.');
    return this.database.transaction((manager) => this.#startSession(manager, user, 'user.signed_in'));
  }

  /**
   * Sets the first password of an invited person, or a new one if the person was invited again. An invite works once.
   * Throws AppError invalid_credentials and too_many_requests.
   */
  async acceptInvite(ip: string, token: string, password: string): Promise<SignedIn> {
    const invite = parseToken(token);
    if (invite?.kind !== 'inv') throw invalidInvite();
    // Hashing is expensive, so only existing invites cause it.
    const hash = await this.throttle.attempt(ip, invite.id, async () => {
      const user = await this.database.manager.findOneBy(User, isOpen(invite));
      return user && newHash(this.database.manager, user.email, password);
    });
    if (hash === null) throw invalidInvite();
    return this.database.transaction(async (manager) => {
      // Locked, so that the second of two concurrent requests finds no open invite.
      const user = await manager.findOne(User, { where: isOpen(invite), lock: { mode: 'for_no_key_update' } });
      if (!user) throw invalidInvite();
      await setPassword(manager, user, hash);
      await this.sessions.endOthers(manager, user, null);
      return this.#startSession(manager, user, 'user.accepted_invite');
    });
  }

  /** Changes the password and ends all other sessions; `kept` is the caller's. */
  async changePassword(
    actor: AgencyActor,
    change: { ip: string; current: string; next: string; kept: Buffer | null },
  ): Promise<void> {
    if (actor.kind !== 'user') throw new AppError('forbidden', 'An API key has no password.');
    const known = await this.throttle.attempt(change.ip, actor.id, async () => {
      const user = await this.database.manager.findOneBy(User, { id: actor.id, agencyId: actor.agencyId });
      return (await verifyPassword(change.current, user?.passwordHash ?? null)) ? user! : null;
    });
    if (!known) throw fieldError('current_password', 'wrong_password', 'current_password is not the present password');
    const hash = await hashPassword(change.next, known.passwordHash);
    await this.database.transaction(async (manager) => {
      await setPassword(manager, actor, hash);
      await this.sessions.endOthers(manager, actor, change.kept);
      await this.audit.record(manager, actor, { action: 'user.changed_password' });
    });
  }

  async #startSession(manager: EntityManager, user: User, action: string): Promise<SignedIn> {
    const actor = personActor(user);
    const sessionToken = await this.sessions.start(manager, user);
    await this.audit.record(manager, actor, { action });
    return { actor, sessionToken };
  }
}

/** Users of an email address with a password, oldest invite first. */
function withPassword(manager: EntityManager, email: string): Promise<User[]> {
  return manager.find(User, { where: { email, passwordHash: Not(IsNull()) }, order: { id: 'ASC' } });
}

/** Hashes a password with the salt that all hashes of the email address share. Throws AppError too_many_requests. */
export async function newHash(manager: EntityManager, email: string, password: string): Promise<string> {
  return hashPassword(password, (await withPassword(manager, email))[0]?.passwordHash);
}

/** Also revokes pending links to set a password, which others may have read. */
export async function setPassword(
  manager: EntityManager,
  { id, agencyId }: { id: string; agencyId: string },
  passwordHash: string,
): Promise<void> {
  await manager.update(User, { id, agencyId }, { passwordHash, inviteHash: null, inviteExpiresAt: null });
  await manager.delete(PasswordReset, { userId: id, agencyId });
}

function isOpen({ id, hash: inviteHash }: PresentedToken): FindOptionsWhere<User> {
  return { id, inviteHash, inviteExpiresAt: Raw((column) => `${column} > now()`) };
}

function invalidInvite(): AppError {
  return new AppError('invalid_credentials', 'This invite was used, has expired or is incomplete. Ask for a new one.');
}
