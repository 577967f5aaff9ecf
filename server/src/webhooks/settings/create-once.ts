import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { AgencyActor } from '../../auth/actor.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { type Keyring, KeyringError } from '../../lib/keyring.js';

/*
 * Idempotency of requests that create something. The response is stored encrypted, because it may hold a secret that is
 * shown only once.
 */

/** How long a repeated request gets the first response. After that it is refused: its secret is shown only once. */
const REPLAY_MINUTES = 10;

interface OnceRequest {
  actor: AgencyActor;
  /** Such as `webhook.create`. Keys are scoped to operation and caller. */
  operation: string;
  key: string;
  /** The request in a canonical form: equal requests serialize equally. */
  body: unknown;
}

/** The key in the header, if any. Throws AppError validation_failed when it is empty or too long. */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header !== undefined && (header.length < 1 || header.length > 128)) {
    throw fieldError('Idempotency-Key', 'length', 'Idempotency-Key must have 1 to 128 characters.');
  }
  return header;
}

/**
 * Runs `create` once per key, in the caller's transaction, and replays its result for 10 minutes. Throws AppError
 * idempotency_conflict after that, or when the key was used for another request. A concurrent request waits for the
 * first.
 */
export async function createOnce<T>(
  manager: EntityManager,
  keyring: Keyring,
  request: OnceRequest,
  create: () => Promise<T>,
): Promise<T> {
  const { actor, key } = request;
  const operation = `${request.operation} ${actor.kind} ${actor.id}`;
  const context = `idempotency|${actor.agencyId}|${operation}|${key}`;
  const hash = createHash('sha256').update(JSON.stringify(request.body)).digest();
  const claimed = (await manager.query(
    `insert into idempotency_keys (agency_id, operation, key, hash, result) values ($1, $2, $3, $4, '')
     on conflict do nothing returning key`,
    [actor.agencyId, operation, key, hash],
  )) as unknown[];
  if (claimed.length === 0)
    return replay<T>(manager, { agencyId: actor.agencyId, operation, key, hash }, keyring, context);
  const result = await create();
  await manager.query('update idempotency_keys set result = $4 where agency_id = $1 and operation = $2 and key = $3', [
    actor.agencyId,
    operation,
    key,
    keyring.encrypt(JSON.stringify(result), context).toString('base64'),
  ]);
  return result;
}

interface Known {
  agencyId: string;
  operation: string;
  key: string;
  hash: Buffer;
}

async function replay<T>(manager: EntityManager, known: Known, keyring: Keyring, context: string): Promise<T> {
  const [row] = (await manager.query(
    `select hash, result, created_at > now() - $4 * interval '1 minute' as fresh
     from idempotency_keys where agency_id = $1 and operation = $2 and key = $3`,
    [known.agencyId, known.operation, known.key, REPLAY_MINUTES],
  )) as { hash: Buffer; result: string; fresh: boolean }[];
  if (!row?.hash.equals(known.hash)) {
    throw new AppError('idempotency_conflict', 'This Idempotency-Key was used for another request. Nothing was done.');
  }
  if (!row.fresh) {
    const message = `This request was done more than ${REPLAY_MINUTES} minutes ago, and its answer is not repeated.`;
    throw new AppError('idempotency_conflict', message);
  }
  return JSON.parse(decrypted(keyring, row.result, context)) as T;
}

/** Throws AppError idempotency_conflict when the encryption key was removed in the meantime. */
function decrypted(keyring: Keyring, result: string, context: string): string {
  try {
    return keyring.decrypt(Buffer.from(result, 'base64'), context);
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
    throw new AppError('idempotency_conflict', 'This request was done, and its answer is no longer available.');
  }
}
