import { Injectable } from '@nestjs/common';
import { type EntityManager, Not } from 'typeorm';
import { AuditLog } from '../audit/audit-log.service.js';
import type { Actor } from '../auth/actor.js';
import { Invites } from '../auth/sessions/invites.service.js';
import { AppError } from '../lib/app-error.js';
import { foldEmail } from '../lib/email.js';
import { uuidv7 } from '../lib/ids.js';
import { insertIfAbsent } from '../database/insert-if-absent.js';
import { ServiceDatabase } from '../database/service-database.js';
import { Agency } from './agency.entity.js';
import { User } from './user.entity.js';

/** An agency and its owner, as they should be. */
export interface WantedAgency {
  id: string;
  name: string;
  owner: { email: string; name?: string | undefined };
  /** Keep an invite that is still valid instead of replacing it. */
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

/** Creates agencies and their owners. Idempotent, except that an invite that is still pending is replaced. */
@Injectable()
export class Provisioning {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly invites: Invites,
    private readonly audit: AuditLog,
  ) {}

  /** `actor` null: the command line. Throws AppError email_taken if a person of another agency has the address. */
  provision(wanted: WantedAgency, actor: Actor | null): Promise<Provisioned> {
    return this.database.transaction((manager) => this.provisionIn(manager, wanted, actor));
  }

  /** `provision` inside a transaction of the service role. */
  async provisionIn(manager: EntityManager, wanted: WantedAgency, actor: Actor | null): Promise<Provisioned> {
    const created = await this.#ensureAgency(manager, wanted, actor);
    const { id: ownerId, email, passwordHash, inviteExpiresAt } = await this.#ensureOwner(manager, wanted, actor);
    const { id, name } = wanted;
    const invited = passwordHash === null;
    const keepsInvite = wanted.keepInvite && inviteExpiresAt !== null && inviteExpiresAt > new Date();
    const inviteToken =
      invited && !keepsInvite ? await this.invites.issue(manager, { id: ownerId, agencyId: id }) : null;
    return { id, name, created, owner: { id: ownerId, email, invited, inviteToken } };
  }

  findByOwner(email: string): Promise<Agency | null> {
    return this.database.manager
      .createQueryBuilder(Agency, 'agency')
      .innerJoin(User, 'owner', 'owner.agencyId = agency.id')
      .where('owner.email = :email', { email: foldEmail(email) })
      .orderBy('owner.id')
      .limit(1)
      .getOne();
  }

  async #ensureAgency(manager: EntityManager, { id, name }: WantedAgency, actor: Actor | null): Promise<boolean> {
    if (await insertIfAbsent(manager, Agency, { id, name })) {
      await this.#record(manager, actor, { agencyId: id, action: 'agency.created', targetId: id });
      return true;
    }
    const { affected } = await manager.update(Agency, { id, name: Not(name) }, { name });
    if (affected) await this.#record(manager, actor, { agencyId: id, action: 'agency.renamed', targetId: id });
    return false;
  }

  async #ensureOwner(
    manager: EntityManager,
    { id: agencyId, owner }: WantedAgency,
    actor: Actor | null,
  ): Promise<User> {
    const email = foldEmail(owner.email);
    if (!(await manager.existsBy(User, { email })))
      await insertIfAbsent(manager, User, { id: uuidv7(), agencyId, email, name: owner.name ?? '', role: 'viewer' });
    const user = await manager.findOne(User, { where: { agencyId, email }, lock: { mode: 'pessimistic_write' } });
    if (!user) throw new AppError('email_taken', 'This email address belongs to a person of another agency.');
    // New people are inserted as viewers, so that every promotion to owner is audited.
    if (user.role !== 'owner') {
      await manager.update(User, { id: user.id, agencyId }, { role: 'owner' });
      await this.#record(manager, actor, { agencyId, action: 'user.made_owner', targetId: user.id });
    }
    return user;
  }

  #record(manager: EntityManager, actor: Actor | null, entry: { agencyId: string; action: string; targetId: string }) {
    const targetKind = entry.action.split('.')[0]!;
    return this.audit.record(manager, actor, { ...entry, targetKind });
  }
}
