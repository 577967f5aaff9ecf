import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.service.js';
import type { AgencyActor } from '../auth/actor.js';
import { Invites } from '../auth/sessions/invites.service.js';
import { hasRole, type Role } from '../auth/role.js';
import { Sessions } from '../auth/sessions/sessions.service.js';
import { AppError } from '../lib/app-error.js';
import { foldEmail } from '../lib/email.js';
import { isUuid, uuidv7 } from '../lib/ids.js';
import { TenantTransaction } from '../database/tenant-transaction.js';
import { decodeCursor, type Page, type PageQuery, pageOf } from '../http/keyset-page.js';
import type { InviteMember, MemberResponse } from './members.dto.js';

/** `MemberResponse` as plain data. */
export type MemberJson = Pick<MemberResponse, keyof MemberResponse>;

export interface Invited {
  member: MemberJson;
  /** What the link carries; returned only here. */
  inviteToken: string;
  /** Whether the person is new to the agency. */
  created: boolean;
}

interface MemberRow {
  id: string;
  name: string;
  email: string;
  role: Role;
  active: boolean;
  invite_expires_at: Date | null;
  created_at: Date;
}

const SELECT_MEMBERS = `select id, coalesce(nullif(name, ''), email) as name, email, role,
    password_hash is not null as active,
    case when invite_expires_at > now() then invite_expires_at end as invite_expires_at, created_at
  from users where agency_id = $1`;

/** The people of an agency. Each method is one transaction of that agency. */
@Injectable()
export class Members {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly invites: Invites,
    private readonly sessions: Sessions,
    private readonly audit: AuditLog,
  ) {}

  /** Oldest first. */
  async list(actor: AgencyActor, { limit, cursor }: PageQuery): Promise<Page<MemberResponse>> {
    const { agencyId } = actor;
    const [after = null] = decodeCursor(cursor, 1, isUuid) ?? [];
    const sql = `${SELECT_MEMBERS} and ($2::uuid is null or id > $2) order by id limit $3`;
    const rows = await this.transaction.run<MemberRow[]>(agencyId, (manager) =>
      manager.query(sql, [agencyId, after, limit + 1]),
    );
    return pageOf(
      rows,
      limit,
      (row) => [row.id],
      (row) => memberJson(row, actor),
    );
  }

  /**
   * Invites a person. Inviting an existing member again updates role and name and replaces the link, which is also how
   * a lost password is recovered. Does not depend on whether another agency uses the address. Throws AppError
   * last_owner.
   */
  async invite(actor: AgencyActor, asked: InviteMember): Promise<Invited> {
    const { agencyId } = actor;
    const email = foldEmail(asked.email);
    return this.transaction.run(agencyId, async (manager) => {
      const made = (await manager.query(
        `insert into users (id, agency_id, email, name, role) values ($1, $2, $3, $4, $5)
         on conflict (email, agency_id) do nothing returning id`,
        [uuidv7(), agencyId, email, asked.name ?? '', asked.role],
      )) as { id: string }[];
      const id = made[0]?.id ?? (await this.#updateExisting(manager, actor, email, asked));
      const inviteToken = await this.invites.issue(manager, { id, agencyId });
      const details = { role: asked.role, again: made.length === 0 };
      await this.#record(manager, actor, 'user.invited', { id, details });
      return {
        member: memberJson(await getMember(manager, agencyId, id), actor),
        inviteToken,
        created: made.length > 0,
      };
    });
  }

  /** Throws AppError not_found or last_owner. */
  async changeRole(actor: AgencyActor, id: string, role: Role): Promise<MemberResponse> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      await this.#changeRole(manager, actor, { id, role });
      return memberJson(await getMember(manager, agencyId, id), actor);
    });
  }

  /**
   * Removes a person and ends their sessions. API keys they made belong to the agency and stay. Throws like changeRole.
   */
  async remove(actor: AgencyActor, id: string): Promise<void> {
    const { agencyId } = actor;
    await this.transaction.run(agencyId, async (manager) => {
      const { role, othersOwn, name } = await lockMember(manager, agencyId, id);
      if (role === 'owner' && !othersOwn) throw lastOwner('removed');
      await this.sessions.endOthers(manager, { id, agencyId }, null);
      await manager.query('delete from users where id = $1 and agency_id = $2', [id, agencyId]);
      await this.#record(manager, actor, 'user.removed', { id, details: { name, role } });
    });
  }

  async #updateExisting(
    manager: EntityManager,
    actor: AgencyActor,
    email: string,
    { role, name }: InviteMember,
  ): Promise<string> {
    const { agencyId } = actor;
    const [known] = (await manager.query('select id from users where agency_id = $1 and email = $2', [
      agencyId,
      email,
    ])) as { id: string }[];
    if (!known) noSuchPerson();
    await this.#changeRole(manager, actor, { id: known.id, role });
    if (name !== undefined) {
      await manager.query('update users set name = $3 where id = $1 and agency_id = $2', [known.id, agencyId, name]);
    }
    return known.id;
  }

  async #changeRole(manager: EntityManager, actor: AgencyActor, { id, role }: { id: string; role: Role }) {
    const { agencyId } = actor;
    const { role: before, othersOwn } = await lockMember(manager, agencyId, id);
    if (before === role) return;
    if (before === 'owner' && !othersOwn) throw lastOwner('given a lower role');
    await manager.query('update users set role = $3 where id = $1 and agency_id = $2', [id, agencyId, role]);
    await this.#record(manager, actor, 'user.role_changed', { id, details: { from: before, to: role } });
  }

  #record(
    manager: EntityManager,
    actor: AgencyActor,
    action: string,
    { id, details }: { id: string; details: object },
  ) {
    return this.audit.record(manager, actor, { action, targetKind: 'user', targetId: id, details: { ...details } });
  }
}

/**
 * Locks a person and all owners, ordered by id, so that of two owners who demote each other the second finds no other
 * owner. An owner without a password does not count: if the invite expires, no one could renew it. Throws not_found.
 */
async function lockMember(manager: EntityManager, agencyId: string, id: string) {
  const rows = (await manager.query(
    // Not FOR UPDATE: that would block sign-in, whose session references the row.
    `${SELECT_MEMBERS} and (role = 'owner' or id = $2) order by id for no key update`,
    [agencyId, id],
  )) as MemberRow[];
  const member = rows.find((row) => row.id === id) ?? noSuchPerson();
  const othersOwn = rows.some((row) => row.id !== id && row.role === 'owner' && row.active);
  return { role: member.role, name: member.name, othersOwn };
}

async function getMember(manager: EntityManager, agencyId: string, id: string): Promise<MemberRow> {
  const [row] = (await manager.query(`${SELECT_MEMBERS} and id = $2`, [agencyId, id])) as MemberRow[];
  return row ?? noSuchPerson();
}

function noSuchPerson(): never {
  throw new AppError('not_found', 'There is no such person.');
}

function lastOwner(what: string): AppError {
  return new AppError('last_owner', `The last owner cannot be ${what}. Make somebody else an owner first.`);
}

function memberJson(row: MemberRow, reader: AgencyActor): MemberJson {
  const shown = hasRole(reader.role, 'admin');
  return {
    id: row.id,
    name: row.name,
    email: shown ? row.email : null,
    role: row.role,
    status: row.active ? 'active' : 'invited',
    invite_expires_at: shown ? (row.invite_expires_at?.toISOString() ?? null) : null,
    created_at: row.created_at.toISOString(),
  };
}
