import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { type EntityManager, IsNull, MoreThan } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { AttemptLimit, tooManyRequests } from '../../http/attempt-limit.js';
import { AppError } from '../../lib/app-error.js';
import { Keyring, KeyringError } from '../../lib/keyring.js';
import { AppLinks } from '../../outbound/app-links.js';
import type { AgencyActor } from '../actor.js';
import { newToken, parseToken, sameHash, sha256 } from '../tokens.js';
import { AgencyKeys } from './agency-keys.service.js';
import type { AnswerCode, CodeStatusResponse, FoundCodeResponse, StartedCodeResponse } from './code-sign-ins.dto.js';
import { CodeSignIn } from './code-sign-in.entity.js';

/*
 * Signing a program in by a code that a person confirms in the browser, as RFC 8628 does: the program shows a short
 * code and keeps a long one, by which it fetches the key once. Both are stored as hashes.
 */

const MINUTES = 10;
const POLL_SECONDS = 3;
const WINDOW_MS = 15 * 60_000;

/** Without vowels, so that no code is a word, and without what looks alike. Eight of them: 2.5 × 10^10 codes. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

@Injectable()
export class CodeSignIns {
  readonly #started = new AttemptLimit({ attempts: 20, windowMs: WINDOW_MS });
  /** By person: an open code is not found in 20 guesses. */
  readonly #guessed = new AttemptLimit({ attempts: 20, windowMs: WINDOW_MS });

  constructor(
    private readonly database: ServiceDatabase,
    private readonly keys: AgencyKeys,
    private readonly keyring: Keyring,
    private readonly links: AppLinks,
    private readonly audit: AuditLog,
  ) {}

  /** Throws AppError too_many_requests. */
  async start(ip: string, client: string): Promise<StartedCodeResponse> {
    limited(this.#started, normalizeIp(ip, 64));
    const { id, token, hash } = newToken('dev');
    const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]!).join('');
    await this.database.transaction(async (manager) => {
      await manager.query('delete from code_sign_ins where expires_at < now()');
      const expiresAt = () => `now() + interval '${MINUTES} minutes'`;
      await manager.insert(CodeSignIn, { id, hash, userCodeHash: sha256(letters), client: client.trim(), expiresAt });
    });
    const user_code = `${letters.slice(0, 4)}-${letters.slice(4)}`;
    const verification_path = `/recruiter/api/sign-in-code?code=${user_code}`;
    return {
      device_code: token,
      user_code,
      verification_path,
      verification_url: this.links.to(verification_path),
      expires_in: MINUTES * 60,
      interval: POLL_SECONDS,
    };
  }

  /** The key, once; then the code is used up. */
  async poll(deviceCode: string): Promise<CodeStatusResponse> {
    const presented = parseToken(deviceCode);
    if (presented?.kind !== 'dev') return { status: 'expired', key: null };
    return this.database.transaction(async (manager) => {
      const where = { id: presented.id, expiresAt: MoreThan(new Date()) };
      const row = await manager.findOne(CodeSignIn, { where, lock: { mode: 'pessimistic_write' } });
      if (!row || !sameHash(row.hash, presented.hash)) return { status: 'expired', key: null };
      if (row.agencyId === null) return { status: 'pending', key: null };
      await manager.delete(CodeSignIn, { id: row.id });
      if (row.key === null) return { status: 'denied', key: null };
      return this.#opened(row.id, row.key);
    });
  }

  /** What asks under this code. Throws AppError not_found or too_many_requests. */
  async find(actor: AgencyActor, userCode: string): Promise<FoundCodeResponse> {
    const { client, expiresAt } = await this.#open(this.database.manager, actor, userCode, false);
    return { client, expires_at: expiresAt.toISOString() };
  }

  /**
   * Gives the program a key with a role up to the caller's own, or refuses it. Throws AppError not_found,
   * too_many_requests, forbidden or validation_failed.
   */
  async answer(actor: AgencyActor, { user_code, allow, role, expires_at }: AnswerCode): Promise<void> {
    await this.database.transaction(async (manager) => {
      const { id, client } = await this.#open(manager, actor, user_code, true);
      const { agencyId } = actor;
      if (!allow) {
        await manager.update(CodeSignIn, { id }, { agencyId });
        await this.audit.record(manager, actor, { action: 'sign_in.refused', details: { client } });
        return;
      }
      const asked = { name: client, role: role!, expires_at: expires_at ?? null };
      const { token } = await this.keys.issue(manager, actor, asked);
      const encrypted = this.keyring.encrypt(token, contextOf(id));
      await manager.update(CodeSignIn, { id }, { agencyId, key: encrypted });
    });
  }

  async #open(manager: EntityManager, actor: AgencyActor, userCode: string, lock: boolean): Promise<CodeSignIn> {
    limited(this.#guessed, actor.id);
    const userCodeHash = sha256(userCode.toUpperCase().replaceAll(/[^A-Z]/g, ''));
    const row = await manager.findOne(CodeSignIn, {
      where: { userCodeHash, agencyId: IsNull(), expiresAt: MoreThan(new Date()) },
      ...(lock && { lock: { mode: 'pessimistic_write' } }),
    });
    if (!row) throw new AppError('not_found', 'This code is wrong, used, or older than 10 minutes.');
    this.#guessed.release(actor.id);
    return row;
  }

  /** Without the encryption key of that time it is as if the code had expired. */
  #opened(id: string, key: Buffer): CodeStatusResponse {
    try {
      return { status: 'allowed', key: this.keyring.decrypt(key, contextOf(id)) };
    } catch (error) {
      if (error instanceof KeyringError) return { status: 'expired', key: null };
      throw error;
    }
  }
}

const contextOf = (id: string) => `code sign-in|${id}`;

function limited(limit: AttemptLimit, key: string): void {
  const wait = limit.take(key);
  if (wait > 0) throw tooManyRequests('Too many sign-ins by code.', wait);
}
