import type { EntityManager } from 'typeorm';
import type { AgencyActor } from '../../auth/actor.js';
import { sha256 } from '../../auth/tokens.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { type Keyring, KeyringError } from '../../lib/keyring.js';

/*
 * Idempotency of requests that create something. The response is stored encrypted, because it may hold a secret that is
 * shown only once.
 */

/**
 * How long a repeated request gets the first response. After that it is refused, because its secret is shown only once.
 */
const REPLAY_MINUTES = 10;

interface OnceRequest {
  actor: AgencyActor;
  /** Such as `webhook.create`. Keys are scoped to operation and caller. */
  operation: string;
  /** The header `Idempotency-Key`, if there is one. */
  header: string | undefined;
  /** The request in a canonical form: equal requests serialize equally. */
  body: unknown;
}

/**
 * Runs `create` once per key, in the caller's transaction, and replays its result for 10 minutes; without a key just
 * runs it. Throws AppError validation_failed for an invalid key, or idempotency_conflict after the 10 minutes, or if
 * the key was used for another request. A concurrent request waits for the first.
 */
export async function createOnce<T>(
  manager: EntityManager,
  keyring: Keyring,
  request: OnceRequest,
  create: () => Promise<T>,
): Promise<T> {
  const { actor, header: key } = request;
  if (key === undefined) return create();
  if (key.length < 1 || key.length > 128)
    throw fieldError('Idempotency-Key', 'length', 'Idempotency-Key must have 1 to 128 characters.');
  const { agencyId } = actor;
  const operation = `${request.operation} ${actor.kind} ${actor.id}`;
  const context = `idempotency|${agencyId}|${operation}|${key}`;
  const hash = sha256(JSON.stringify(request.body));
  const claimed = await manager.query<unknown[]>(
    `insert into idempotency_keys (agency_id, operation, key, hash, result) values ($1, $2, $3, $4, '')
     on conflict do nothing returning key`,
    [agencyId, operation, key, hash],
  );
  if (claimed.length === 0) {
    const [stored] = await manager.query<Stored[]>(
      `select hash, result, created_at > now() - $4 * interval '1 minute' as fresh
       from idempotency_keys where agency_id = $1 and operation = $2 and key = $3`,
      [agencyId, operation, key, REPLAY_MINUTES],
    );
    if (!stored?.hash.equals(hash))
      throw conflict('This Idempotency-Key was used for another request. Nothing was done.');
    if (!stored.fresh)
      throw conflict(
        `This request was processed more than ${REPLAY_MINUTES} minutes ago, and its response is no longer repeated.`,
      );
    return JSON.parse(decrypted(keyring, stored.result, context)) as T;
  }
  const result = await create();
  await manager.query('update idempotency_keys set result = $4 where agency_id = $1 and operation = $2 and key = $3', [
    agencyId,
    operation,
    key,
    keyring.encrypt(JSON.stringify(result), context).toString('base64'),
  ]);
  return result;
}

interface Stored {
  hash: Buffer;
  result: string;
  fresh: boolean;
}

const conflict = (message: string) => new AppError('idempotency_conflict', message);

/** Throws AppError idempotency_conflict when the encryption key was removed in the meantime. */
function decrypted(keyring: Keyring, result: string, context: string): string {
  try {
    return keyring.decrypt(Buffer.from(result, 'base64'), context);
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
    throw conflict('This request was processed, and its response is no longer available.');
  }
}
