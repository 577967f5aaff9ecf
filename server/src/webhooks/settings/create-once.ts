import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { AgencyActor } from '../../auth/actor.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { type Keyring, KeyringError } from '../../lib/keyring.js';

/*
 * Idempotency of requests that create something. The answer is kept sealed, because it may hold a secret that is shown only there.
 */

/** How long a repeated request gets the first answer; later it is refused, because the secret in it is shown only once. */
const REPLAY_MINUTES = 10;

export interface OnceRequest {
  actor: AgencyActor;
  /** What is done, such as `webhook.create`; each caller has keys of its own. */
  operation: string;
  key: string;
  /** What was asked, in a form that is equal for equal requests. */
  body: unknown;
}

/** The header's key, or undefined without one. Throws AppError validation_failed for one that is empty or too long. */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header !== undefined && (header.length < 1 || header.length > 128)) {
    throw fieldError('Idempotency-Key', 'length', 'Idempotency-Key must have 1 to 128 characters.');
  }
  return header;
}

/**
 * Runs `create` once for a key, in the caller's transaction, and answers the same again within 10 minutes. Throws AppError
 * idempotency_conflict later, or when the key came with another request. A second request at the same moment waits for the first.
 */
export async function createOnce<T>(
  manager: EntityManager,
  keyring: Keyring,
  request: OnceRequest,
  create: () => Promise<T>,
): Promise<T> {
  const { actor, key } = request;
  const operation = `${request.operation} ${actor.kind} ${actor.id}`;
  const place = `idempotency|${actor.agencyId}|${operation}|${key}`;
  const hash = createHash('sha256').update(JSON.stringify(request.body)).digest();
  const claimed = (await manager.query(
    `insert into idempotency_keys (agency_id, operation, key, hash, result) values ($1, $2, $3, $4, '')
     on conflict do nothing returning key`,
    [actor.agencyId, operation, key, hash],
  )) as unknown[];
  if (claimed.length === 0)
    return replay<T>(manager, { agencyId: actor.agencyId, operation, key, hash }, keyring, place);
  const result = await create();
  await manager.query('update idempotency_keys set result = $4 where agency_id = $1 and operation = $2 and key = $3', [
    actor.agencyId,
    operation,
    key,
    keyring.encrypt(JSON.stringify(result), place).toString('base64'),
  ]);
  return result;
}

interface Known {
  agencyId: string;
  operation: string;
  key: string;
  hash: Buffer;
}

async function replay<T>(manager: EntityManager, known: Known, keyring: Keyring, place: string): Promise<T> {
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
  return JSON.parse(opened(keyring, row.result, place)) as T;
}

/** Throws AppError idempotency_conflict when the key that sealed the answer was taken away meanwhile. */
function opened(keyring: Keyring, result: string, place: string): string {
  try {
    return keyring.decrypt(Buffer.from(result, 'base64'), place);
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
    throw new AppError('idempotency_conflict', 'This request was done, and its answer can be repeated no more.');
  }
}
