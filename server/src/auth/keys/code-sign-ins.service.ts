import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { type EntityManager, IsNull, LessThan, MoreThan } from 'typeorm';
import { User } from '../../agencies/user.entity.js';
import { AuditLog } from '../../audit/audit-log.service.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { AttemptLimit } from '../../http/attempt-limit.js';
import { AppError } from '../../lib/app-error.js';
import { AppLinks } from '../../outbound/app-links.js';
import type { AgencyActor } from '../actor.js';
import { hasRight, hasRole } from '../role.js';
import { newToken, parseToken, sameHash, sha256 } from '../tokens.js';
import { AgencyKeys, requireIssuable } from './agency-keys.service.js';
import { ApiKey } from './api-key.entity.js';
import type { AnswerCode, CodeStatusResponse, FoundCodeResponse, StartedCodeResponse } from './code-sign-ins.dto.js';
import { CodeSignIn } from './code-sign-in.entity.js';

/*
 * Signs in a program by a code that a person confirms in the browser, as in RFC 8628. The program shows a short code,
 * which the person types, and keeps a long one, with which it fetches the key, once. Both are stored as hashes. The key
 * is created when it is fetched: a key that is never fetched does not exist.
 */

const MINUTES = 10;
const POLL_SECONDS = 3;
const LIMIT = { attempts: 20, windowMs: 15 * 60_000 };
const REFUSAL = 'Too many sign-ins by code.';

/** No vowels, so that no code is a word, and no letters that look alike. Eight letters make 2.5 × 10^10 codes. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

@Injectable()
export class CodeSignIns {
  readonly #started = new AttemptLimit(LIMIT);
  /** Per person: 20 guesses do not find a pending code. */
  readonly #guessed = new AttemptLimit(LIMIT);

  constructor(
    private readonly database: ServiceDatabase,
    private readonly keys: AgencyKeys,
    private readonly links: AppLinks,
    private readonly audit: AuditLog,
    @Inject(ENV) private readonly env: Pick<Env, 'identity'>,
  ) {}

  /** Throws AppError too_many_requests. */
  async start(ip: string, client: string): Promise<StartedCodeResponse> {
    const address = normalizeIp(ip, 64);
    this.#started.take(address, REFUSAL);
    const { id, token, hash } = newToken('dev');
    const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]!).join('');
    await this.database.transaction(async (manager) => {
      await manager.delete(CodeSignIn, { expiresAt: LessThan(new Date()) });
      const expiresAt = () => `now() + interval '${MINUTES} minutes'`;
      const asks = { client: client.trim(), address };
      await manager.insert(CodeSignIn, { id, hash, userCodeHash: sha256(letters), ...asks, expiresAt });
    });
    const user_code = `${letters.slice(0, 4)}-${letters.slice(4)}`;
    // The link does not contain the code, so that a person who is tricked into opening it has no code to type.
    const verification_path = '/recruiter/api/sign-in-code';
    return {
      device_code: token,
      user_code,
      verification_path,
      verification_url: this.links.to(verification_path),
      expires_in: MINUTES * 60,
      interval: POLL_SECONDS,
    };
  }

  /** Returns the key, once. Denied if the person who allowed it may no longer create such a key. */
  async poll(deviceCode: string): Promise<CodeStatusResponse> {
    const presented = parseToken(deviceCode);
    if (presented?.kind !== 'dev') return { status: 'expired', key: null };
    return this.database.transaction(async (manager) => {
      const where = { id: presented.id, expiresAt: MoreThan(new Date()) };
      const row = await manager.findOne(CodeSignIn, { where, lock: { mode: 'pessimistic_write' } });
      if (!row || !sameHash(row.hash, presented.hash)) return { status: 'expired', key: null };
      const { agencyId, answeredBy } = row;
      if (agencyId === null || answeredBy === null) return { status: 'pending', key: null };
      await manager.delete(CodeSignIn, { id: row.id });
      const { client: name, address, role, keyExpiresAt } = row;
      if (role === null) return { status: 'denied', key: null };
      if (keyExpiresAt !== null && keyExpiresAt <= new Date()) return { status: 'expired', key: null };
      const actor = await this.#current(manager, { ...answeredBy, agencyId, scopes: [], agencyIds: null });
      if (!actor || !hasRight(actor, 'keys.write') || !hasRole(actor.role, role))
        return { status: 'denied', key: null };
      const asked = { name, role, expires_at: keyExpiresAt?.toISOString() ?? null };
      const { token } = await this.keys.issue(manager, actor, asked, { by_code_from: address });
      return { status: 'allowed', key: token };
    });
  }

  /** The program that showed this code. Throws AppError not_found or too_many_requests. */
  async find(actor: AgencyActor, userCode: string): Promise<FoundCodeResponse> {
    const row = await this.#open(this.database.manager, actor, userCode, false);
    const { client, address, startedAt, expiresAt } = row;
    return { client, address, started_at: startedAt.toISOString(), expires_at: expiresAt.toISOString() };
  }

  /**
   * Lets the program fetch a key with a role up to the caller's own, or refuses it. Throws AppError not_found,
   * too_many_requests, forbidden or validation_failed.
   */
  async answer(actor: AgencyActor, { user_code, allow, role, expires_at }: AnswerCode): Promise<void> {
    await this.database.transaction(async (manager) => {
      const { agencyId, kind, name } = actor;
      const answeredBy = { kind, id: actor.id, name, role: actor.role };
      const { id, client, address } = await this.#open(manager, actor, user_code, true);
      if (allow) {
        const keyExpiresAt = requireIssuable(actor, { role: role!, expires_at: expires_at ?? null });
        await manager.update(CodeSignIn, { id }, { agencyId, answeredBy, role: role!, keyExpiresAt });
        return;
      }
      await manager.update(CodeSignIn, { id }, { agencyId, answeredBy });
      await this.audit.record(manager, actor, { action: 'sign_in.refused', details: { client, from: address } });
    });
  }

  /** The person (or key) who answered, with the current role; null: no longer exists. */
  async #current(manager: EntityManager, actor: AgencyActor): Promise<AgencyActor | null> {
    const at = { id: actor.id, agencyId: actor.agencyId };
    if (actor.kind === 'key') {
      const ends = [{ expiresAt: IsNull() }, { expiresAt: MoreThan(new Date()) }];
      const key = await manager.findOne(ApiKey, {
        where: ends.map((end) => ({ ...at, kind: 'key' as const, revokedAt: IsNull(), ...end })),
        lock: { mode: 'pessimistic_read' },
      });
      return key && { ...actor, role: key.role! };
    }
    const user = await manager.findOne(User, { where: at, lock: { mode: 'pessimistic_read' } });
    if (user) return { ...actor, role: user.role };
    // A person whom only the identity provider knows has no row, and their token is not at hand.
    return this.env.identity?.source === 'app_metadata' ? actor : null;
  }

  async #open(manager: EntityManager, actor: AgencyActor, userCode: string, lock: boolean): Promise<CodeSignIn> {
    this.#guessed.take(actor.id, REFUSAL);
    const userCodeHash = sha256(userCode.toUpperCase().replaceAll(/[^A-Z]/g, ''));
    const row = await manager.findOne(CodeSignIn, {
      where: { userCodeHash, agencyId: IsNull(), expiresAt: MoreThan(new Date()) },
      ...(lock && { lock: { mode: 'pessimistic_write' } }),
    });
    if (!row) throw new AppError('not_found', 'This code is wrong, used, or older than 10 minutes.');
    this.#guessed.release(actor.id);
    return row;
  }
}
