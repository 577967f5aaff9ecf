import { Injectable } from '@nestjs/common';
import { type EntityManager, type FindOptionsWhere, MoreThan } from 'typeorm';
import { type AuditDetails, AuditLog } from '../audit/audit-log.service.js';
import type { AgencyActor } from '../auth/actor.js';
import { InviteMails } from '../auth/sessions/invite-mails.service.js';
import { Invites } from '../auth/sessions/invites.service.js';
import { Removals } from '../auth/removals.js';
import { hasRole, type Role } from '../auth/role.js';
import { Sessions } from '../auth/sessions/sessions.service.js';
import { AppError } from '../lib/app-error.js';
import { foldEmail } from '../lib/email.js';
import { uuidv7 } from '../lib/ids.js';
import { insertIfAbsent } from '../database/insert-if-absent.js';
import { TenantTransaction } from '../database/tenant-transaction.js';
import { type Page, type PageQuery, pageOf } from '../http/keyset-page.js';
import type { InviteMember, MemberResponse } from './members.dto.js';
import { User } from './user.entity.js';

interface Invited {
  member: MemberResponse;
  /** The token in the link. Returned only here. */
  inviteToken: string;
  /** Whether the person is new to the agency. */
  created: boolean;
  /** Whether the link goes to the person by mail. */
  mailed: boolean;
}

/** The people of an agency. Each method is one transaction of that agency. */
@Injectable()
export class Members {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly invites: Invites,
    private readonly mails: InviteMails,
    private readonly sessions: Sessions,
    private readonly removals: Removals,
    private readonly audit: AuditLog,
  ) {}

  /** Oldest first. */
  list(actor: AgencyActor, query: PageQuery): Promise<Page<MemberResponse>> {
    const { agencyId } = actor;
    return pageOf(query, async ({ before: after, limit }) => {
      const where = { agencyId, ...(after !== null && { id: MoreThan(after) }) };
      const users = await this.transaction.run(agencyId, (manager) =>
        manager.find(User, { where, order: { id: 'ASC' }, take: limit }),
      );
      return users.map((user) => memberJson(user, actor));
    });
  }

  /**
   * Invites a person. Inviting a member again updates role and name and replaces the link, which also helps a person
   * who has lost the password. Other agencies may use the same address. Throws AppError last_owner.
   */
  async invite(actor: AgencyActor, { email: address, role, name }: InviteMember): Promise<Invited> {
    const { agencyId } = actor;
    const email = foldEmail(address);
    return this.transaction.run(agencyId, async (manager) => {
      const created = await insertIfAbsent(manager, User, { id: uuidv7(), agencyId, email, name: name ?? '', role });
      const { id } = await getMember(manager, { agencyId, email });
      if (!created) {
        await this.#changeRole(manager, actor, { id, role });
        if (name !== undefined) await manager.update(User, { id, agencyId }, { name });
      }
      const inviteToken = await this.invites.issue(manager, { id, agencyId });
      const by = { token: inviteToken, by: actor.name };
      const mailed = await this.mails.send(manager, { email, agencyId }, by);
      await this.#record(manager, actor, 'user.invited', id, { role, again: !created, mailed });
      return { member: memberJson(await getMember(manager, { agencyId, id }), actor), inviteToken, created, mailed };
    });
  }

  /** Throws AppError not_found or last_owner. */
  async changeRole(actor: AgencyActor, id: string, role: Role): Promise<MemberResponse> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      await this.#changeRole(manager, actor, { id, role });
      return memberJson(await getMember(manager, { agencyId, id }), actor);
    });
  }

  /**
   * Removes a person, and ends their sessions and everything else that depends on their access (`Removals`). API keys
   * that they made belong to the agency and stay. Throws AppError not_found or last_owner.
   */
  async remove(actor: AgencyActor, id: string): Promise<void> {
    const { agencyId } = actor;
    const after = await this.transaction.run(agencyId, async (manager) => {
      const { member, hasOtherOwner } = await lockMember(manager, agencyId, id);
      if (member.role === 'owner' && !hasOtherOwner) throw lastOwner('removed');
      await this.sessions.endOthers(manager, { id, agencyId }, null);
      await manager.delete(User, { id, agencyId });
      const { displayName: name, role, email } = member;
      await this.#record(manager, actor, 'user.removed', id, { name, role });
      return this.removals.run(manager, { agencyId, id, email }, actor);
    });
    after();
  }

  async #changeRole(manager: EntityManager, actor: AgencyActor, { id, role }: { id: string; role: Role }) {
    const { agencyId } = actor;
    const { member, hasOtherOwner } = await lockMember(manager, agencyId, id);
    if (member.role === role) return;
    if (member.role === 'owner' && !hasOtherOwner) throw lastOwner('given a lower role');
    await manager.update(User, { id, agencyId }, { role });
    await this.#record(manager, actor, 'user.role_changed', id, { from: member.role, to: role });
  }

  #record(manager: EntityManager, actor: AgencyActor, action: string, targetId: string, details: AuditDetails) {
    return this.audit.record(manager, actor, { action, targetKind: 'user', targetId, details });
  }
}

/**
 * Locks a person and all owners, ordered by id, so that of two owners who demote each other the second one finds no
 * other owner. An owner without a password does not count: if their invite expired, no one could renew it. Throws
 * AppError not_found.
 */
async function lockMember(manager: EntityManager, agencyId: string, id: string) {
  const people = await manager.find(User, {
    where: [
      { agencyId, role: 'owner' },
      { agencyId, id },
    ],
    order: { id: 'ASC' },
    // Not FOR UPDATE, which would block sign-ins: their sessions reference the row.
    lock: { mode: 'for_no_key_update' },
  });
  const member = people.find((person) => person.id === id) ?? noSuchPerson();
  const hasOtherOwner = people.some(
    ({ id: other, role, passwordHash }) => other !== id && role === 'owner' && passwordHash,
  );
  return { member, hasOtherOwner };
}

async function getMember(manager: EntityManager, where: FindOptionsWhere<User>): Promise<User> {
  return (await manager.findOneBy(User, where)) ?? noSuchPerson();
}

function noSuchPerson(): never {
  throw new AppError('not_found', 'Person not found.');
}

function lastOwner(what: string): AppError {
  return new AppError('last_owner', `The last owner cannot be ${what}. Make someone else an owner first.`);
}

function memberJson(user: User, reader: AgencyActor): MemberResponse {
  const { id, displayName, email, role, passwordHash, inviteExpiresAt, createdAt } = user;
  const shown = hasRole(reader.role, 'admin');
  const expiresAt = shown && inviteExpiresAt && inviteExpiresAt > new Date() ? inviteExpiresAt.toISOString() : null;
  return {
    id,
    name: displayName,
    email: shown ? email : null,
    role,
    status: passwordHash === null ? 'invited' : 'active',
    invite_expires_at: expiresAt,
    created_at: createdAt.toISOString(),
  };
}
