import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { foldEmail } from '../../lib/email.js';
import { ServiceDatabase } from '../../database/service-database.js';
import type { AgencyActor } from '../actor.js';
import { LoginThrottle } from './login-throttle.js';
import { findPassword, hashPassword, verifyPassword } from './password.js';
import type { Role } from '../role.js';
import { Sessions } from './sessions.service.js';
import { parseToken, type PresentedToken } from '../tokens.js';

export interface SignedIn {
  actor: AgencyActor;
  sessionToken: string;
}

interface UserRow {
  id: string;
  agency_id: string;
  email: string;
  name: string;
  role: Role;
  password_hash: string | null;
}

const USER_COLUMNS = 'id, agency_id, email, name, role, password_hash';

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
   * A person of several agencies is signed in to the one the password belongs to; if to several, the oldest invite
   * wins. Throws AppError invalid_credentials, the same for a wrong e-mail or password, and too_many_requests.
   */
  async signIn(ip: string, email: string, password: string): Promise<SignedIn> {
    const address = foldEmail(email);
    const user = await this.throttle.attempt(ip, address, async () => {
      const known = await this.#withPassword(address);
      const index = await findPassword(
        password,
        known.map(({ password_hash: hash }) => hash),
      );
      return known[index] ?? null;
    });
    if (!user) throw new AppError('invalid_credentials', 'The e-mail or the password is wrong.');
    return this.database.transaction((manager) => this.#enter(manager, user, 'user.signed_in'));
  }

  /**
   * Sets the first password of an invited person, or a new one of a person invited again. An invite works once.
   * Throws AppError invalid_credentials and too_many_requests.
   */
  async acceptInvite(ip: string, token: string, password: string): Promise<SignedIn> {
    const invite = parseToken(token);
    if (invite?.kind !== 'inv') throw invalidInvite();
    // Hashing is expensive, so it is done for existing invites only.
    const hash = await this.throttle.attempt(ip, invite.id, async () => {
      const email = await this.#invited(invite);
      return email === null ? null : hashPassword(password, (await this.#withPassword(email))[0]?.password_hash);
    });
    if (hash === null) throw invalidInvite();
    return this.database.transaction(async (manager) => {
      const [users] = (await manager.query(
        `update users set password_hash = $3, invite_hash = null, invite_expires_at = null
         where id = $1 and invite_hash = $2 and invite_expires_at > now() returning ${USER_COLUMNS}`,
        [invite.id, invite.hash, hash],
      )) as [UserRow[], number];
      const user = users[0];
      if (!user) throw invalidInvite();
      await this.sessions.endOthers(manager, { id: user.id, agencyId: user.agency_id }, null);
      return this.#enter(manager, user, 'user.accepted_invite');
    });
  }

  /** Changes the password and ends all other sessions; `kept` is the caller's. */
  async changePassword(
    actor: AgencyActor,
    change: { ip: string; current: string; next: string; kept: Buffer | null },
  ): Promise<void> {
    if (actor.kind !== 'user') throw new AppError('forbidden', 'An API key has no password.');
    const known = await this.throttle.attempt(change.ip, actor.id, async () => {
      const sql = `select ${USER_COLUMNS} from users where id = $1 and agency_id = $2`;
      const [user] = await this.database.query<UserRow>(sql, [actor.id, actor.agencyId]);
      return (await verifyPassword(change.current, user?.password_hash ?? null)) ? user! : null;
    });
    if (!known) throw fieldError('current_password', 'wrong_password', 'current_password is not the present password');
    const hash = await hashPassword(change.next, known.password_hash);
    await this.database.transaction(async (manager) => {
      // A pending invite link, which others may have read, must not undo this.
      await manager.query(
        `update users set password_hash = $3, invite_hash = null, invite_expires_at = null
         where id = $1 and agency_id = $2`,
        [actor.id, actor.agencyId, hash],
      );
      await this.sessions.endOthers(manager, actor, change.kept);
      await this.audit.record(manager, actor, { action: 'user.changed_password' });
    });
  }

  /** E-mail of the person with this valid invite. */
  async #invited({ id, hash }: PresentedToken): Promise<string | null> {
    const [found] = await this.database.query<{ email: string }>(
      'select email from users where id = $1 and invite_hash = $2 and invite_expires_at > now()',
      [id, hash],
    );
    return found?.email ?? null;
  }

  /** Users of an e-mail address with a password, oldest invite first. */
  #withPassword(email: string): Promise<(UserRow & { password_hash: string })[]> {
    const sql = `select ${USER_COLUMNS} from users where email = $1 and password_hash is not null order by id`;
    return this.database.query(sql, [email]);
  }

  async #enter(manager: EntityManager, user: UserRow, action: string): Promise<SignedIn> {
    const actor = toActor(user);
    const sessionToken = await this.sessions.start(manager, { id: user.id, agencyId: user.agency_id });
    await this.audit.record(manager, actor, { action });
    return { actor, sessionToken };
  }
}

function invalidInvite(): AppError {
  return new AppError('invalid_credentials', 'This invite was used, is too old or is not complete. Ask for a new one.');
}

function toActor({ id, name, email, agency_id: agencyId, role }: UserRow): AgencyActor {
  return { kind: 'user', id, name: name || email, agencyId, role, scopes: [], agencyIds: null };
}
