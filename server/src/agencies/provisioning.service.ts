import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.service.js';
import type { Actor } from '../auth/actor.js';
import { Invites } from '../auth/sessions/invites.service.js';
import type { Role } from '../auth/role.js';
import { AppError } from '../lib/app-error.js';
import { foldEmail } from '../lib/email.js';
import { uuidv7 } from '../lib/ids.js';
import { ServiceDatabase } from '../database/service-database.js';

/** The desired state. */
export interface WantedAgency {
  id: string;
  name: string;
  owner: { email: string; name?: string | undefined };
  /** Keeps an invite that is still valid instead of replacing it. */
  keepInvite?: boolean;
}

export interface Provisioned {
  id: string;
  name: string;
  /** Whether this call created the agency. */
  created: boolean;
  owner: {
    id: string;
    email: string;
    /** Has no password yet. */
    invited: boolean;
    /** Set when this call issued an invite. */
    inviteToken: string | null;
  };
}

interface OwnerRow {
  id: string;
  role: Role;
  invited: boolean;
  invite_open: boolean;
}

/** Creates agencies and their owners, idempotently: only an invite that was not accepted yet is replaced. */
@Injectable()
export class Provisioning {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly invites: Invites,
    private readonly audit: AuditLog,
  ) {}

  /** `actor` null is the command line. Throws AppError email_taken when a person of another agency has the address. */
  provision(wanted: WantedAgency, actor: Actor | null): Promise<Provisioned> {
    return this.database.transaction((manager) => this.provisionIn(manager, wanted, actor));
  }

  /** `provision` inside a transaction of the service role. */
  async provisionIn(manager: EntityManager, wanted: WantedAgency, actor: Actor | null): Promise<Provisioned> {
    const created = await this.#ensureAgency(manager, wanted, actor);
    const owner = await this.#ensureOwner(manager, wanted, actor);
    const { id, name } = wanted;
    const { invited } = owner;
    const needsInvite = invited && !(wanted.keepInvite && owner.invite_open);
    const inviteToken = needsInvite ? await this.invites.issue(manager, { id: owner.id, agencyId: id }) : null;
    const email = foldEmail(wanted.owner.email);
    return { id, name, created, owner: { id: owner.id, email, invited, inviteToken } };
  }

  async findByOwner(email: string): Promise<{ id: string; name: string } | null> {
    const [agency] = await this.database.query<{ id: string; name: string }>(
      'select a.id, a.name from users u join agencies a on a.id = u.agency_id where u.email = $1 order by u.id limit 1',
      [foldEmail(email)],
    );
    return agency ?? null;
  }

  async #ensureAgency(manager: EntityManager, { id, name }: WantedAgency, actor: Actor | null): Promise<boolean> {
    // A concurrent insert of the same id waits here for the first to commit.
    const made = (await manager.query(
      'insert into agencies (id, name) values ($1, $2) on conflict (id) do nothing returning id',
      [id, name],
    )) as unknown[];
    if (made.length > 0) {
      await this.#record(manager, actor, { agencyId: id, action: 'agency.created', targetId: id });
      return true;
    }
    const [, renamed] = (await manager.query('update agencies set name = $2 where id = $1 and name <> $2', [
      id,
      name,
    ])) as [unknown, number];
    if (renamed > 0) await this.#record(manager, actor, { agencyId: id, action: 'agency.renamed', targetId: id });
    return false;
  }

  async #ensureOwner(manager: EntityManager, { id: agencyId, owner }: WantedAgency, actor: Actor | null) {
    const email = foldEmail(owner.email);
    await manager.query(
      `insert into users (id, agency_id, email, name, role) select $1, $2, $3, $4, 'viewer'
       where not exists (select from users where email = $3) on conflict (email, agency_id) do nothing`,
      [uuidv7(), agencyId, email, owner.name ?? ''],
    );
    const [user] = (await manager.query(
      `select id, role, password_hash is null as invited, coalesce(invite_expires_at > now(), false) as invite_open
       from users where email = $1 and agency_id = $2 for update`,
      [email, agencyId],
    )) as OwnerRow[];
    if (!user) throw new AppError('email_taken', 'This e-mail address belongs to a person of another agency.');
    // New people are inserted as viewers, so that every promotion to owner is audited.
    if (user.role !== 'owner') {
      await manager.query(`update users set role = 'owner' where id = $1`, [user.id]);
      await this.#record(manager, actor, { agencyId, action: 'user.made_owner', targetId: user.id });
    }
    return user;
  }

  #record(manager: EntityManager, actor: Actor | null, entry: { agencyId: string; action: string; targetId: string }) {
    const targetKind = entry.action.split('.')[0]!;
    return this.audit.record(manager, actor, { ...entry, targetKind });
  }
}
