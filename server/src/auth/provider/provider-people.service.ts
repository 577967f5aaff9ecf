import { Inject, Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import { AppError } from '../../lib/app-error.js';
import { foldEmail } from '../../lib/email.js';
import { isUuid } from '../../lib/ids.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { type Actor, type Person, personActor } from '../actor.js';
import { ProviderTokens } from './provider-tokens.js';
import { ROLES, type Role } from '../role.js';
import { sha256 } from '../tokens.js';

/**
 * Maps a token of the identity provider to an actor. Agency and role come from the users table, by email, or from
 * `app_metadata`, as configured, and never from `user_metadata`, which users can change themselves.
 */
@Injectable()
export class ProviderPeople {
  readonly #source: 'users' | 'app_metadata';

  constructor(
    private readonly tokens: ProviderTokens,
    private readonly database: ServiceDatabase,
    @Inject(ENV) { identity }: Pick<Env, 'identity'>,
  ) {
    this.#source = identity?.source ?? 'users';
  }

  /**
   * null if it is not a token of the provider. Throws AppError unauthenticated, unknown_person or identity_unavailable.
   */
  async verify(token: string): Promise<Actor | null> {
    const claims = await this.tokens.verify(token);
    if (claims === null) return null;
    return this.#source === 'users' ? this.#fromUsers(claims) : this.#fromMetadata(claims);
  }

  async #fromUsers(claims: JWTPayload): Promise<Actor> {
    const email = emailOf(claims);
    if (email === null || !isVerified(claims))
      throw unknown('The token names no email address that the identity provider has verified.');
    const person = await this.#find(email);
    if (!person)
      throw unknown('Nobody here has the email address of the token. Ask an owner of your agency to invite you.');
    return personActor(person);
  }

  async #fromMetadata(claims: JWTPayload): Promise<Actor> {
    const { agency_id: agencyId, role } = (claims['app_metadata'] ?? {}) as Record<string, unknown>;
    if (typeof agencyId !== 'string' || !isUuid(agencyId) || !ROLES.includes(role as Role))
      throw unknown('The token has no agency_id and role in its app_metadata.');
    if (typeof claims.sub !== 'string' || claims.sub === '') throw unknown('The token does not say whose it is (sub).');
    const [agency] = await this.database.query<{ id: string }>('select id from agencies where id = $1', [agencyId]);
    if (!agency) throw unknown('There is no agency with the agency_id of the token.');
    const email = emailOf(claims) ?? '';
    return personActor({ id: idOf(claims.sub), agencyId: agency.id, email, name: '', role: role as Role });
  }

  /**
   * The oldest invite wins, so that no agency can take over the people of another by inviting them too. Plain SQL,
   * because it runs for every request.
   */
  async #find(email: string): Promise<Person | undefined> {
    const sql = 'select id, agency_id as "agencyId", email, name, role from users where email = $1 order by id limit 1';
    const [person] = await this.database.query<Person>(sql, [email]);
    return person;
  }
}

function emailOf({ email }: JWTPayload): string | null {
  return typeof email === 'string' && email !== '' ? foldEmail(email) : null;
}

/**
 * An unverified address must not sign in as the person who owns it. Providers send the claim as a boolean (OpenID
 * Connect Core 5.1) or as text. Those that omit it issue tokens for confirmed addresses only.
 */
function isVerified({ email_verified: verified }: JWTPayload): boolean {
  return verified === undefined || verified === true || verified === 'true';
}

/** Ids of actors are UUIDs. Any other `sub` is hashed to a stable UUID (RFC 9562, version 8). */
function idOf(sub: string): string {
  if (isUuid(sub)) return sub.toLowerCase();
  const hex = sha256(sub).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function unknown(message: string): AppError {
  return new AppError('unknown_person', message);
}
