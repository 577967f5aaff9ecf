import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { AppError } from '../../lib/app-error.js';
import { Keyring } from '../../lib/keyring.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import type { Versioned } from './etag.js';
import { getWebhook, lockWebhook } from './webhook-queries.js';
import { last4, newSecret, sealSecret } from '../model/webhook-secrets.js';
import { WebhookSettings } from './webhook-settings.js';
import { webhookJson, type WebhookJson } from './webhook-view.js';
import type { WebhookWithSecretResponse } from './webhook-response.dto.js';

const DEFAULT_OVERLAP_SECONDS = 86_400;

/**
 * A secret is replaced in two phases: while both are valid, `webhook-signature` carries both signatures, so a receiver may change at any
 * moment; the header with room for one signature keeps the old secret until somebody switches it or the overlap ends.
 */
@Injectable()
export class SecretRotation {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly settings: WebhookSettings,
    private readonly audit: AuditLog,
    private readonly keyring: Keyring,
  ) {}

  /** Makes a new secret. 0 seconds ends all old ones at once. Throws AppError not_found, or secret_overlap while an old one still signs. */
  async rotate(
    actor: AgencyActor,
    id: string,
    overlapSeconds = DEFAULT_OVERLAP_SECONDS,
  ): Promise<Versioned<WebhookWithSecretResponse>> {
    const at = { agencyId: actor.agencyId, webhookId: id };
    const secret = newSecret();
    const { version, body } = await this.#change(actor, id, async (manager) => {
      if (overlapSeconds > 0 && (await getWebhook(manager, at.agencyId, id)).previous_until !== null) {
        const message = 'The old secret still works. End it first, or make a new one without an overlap.';
        throw new AppError('secret_overlap', message);
      }
      await manager.query(ROTATE_SQL, [
        at.agencyId,
        id,
        sealSecret(this.keyring, at, secret),
        last4(secret),
        overlapSeconds,
      ]);
      return { action: 'webhook.secret_rotated', details: { overlap_seconds: overlapSeconds } };
    });
    return { version, body: { ...body, secret } };
  }

  /** The single signature is made with the new secret from now on. Nothing changes without an overlap. Throws AppError not_found. */
  switchNow(actor: AgencyActor, id: string): Promise<Versioned<WebhookJson>> {
    return this.#change(actor, id, async (manager) => {
      await manager.query(SWITCH_SQL, [actor.agencyId, id]);
      return { action: 'webhook.secret_switched' };
    });
  }

  /** Only the new secret signs from now on. Nothing changes without an overlap. Throws AppError not_found. */
  endPrevious(actor: AgencyActor, id: string): Promise<Versioned<WebhookJson>> {
    return this.#change(actor, id, async (manager) => {
      await manager.query(END_PREVIOUS_SQL, [actor.agencyId, id]);
      return { action: 'webhook.secret_ended' };
    });
  }

  #change(
    actor: AgencyActor,
    webhookId: string,
    work: (manager: EntityManager) => Promise<{ action: string; details?: Record<string, unknown> }>,
  ): Promise<Versioned<WebhookJson>> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      await lockWebhook(manager, agencyId, webhookId);
      const done = await work(manager);
      await this.audit.record(manager, actor, { ...done, targetKind: 'webhook', targetId: webhookId });
      const row = await getWebhook(manager, agencyId, webhookId);
      const headerNames = this.settings.headerNames(row.headers, { agencyId, webhookId });
      return { version: row.version, body: webhookJson(row, headerNames) };
    });
  }
}

// Every change makes a new version: the engine remembers secrets by it.
const ROTATE_SQL = /* sql */ `
update webhooks set
  previous_secret = case when $5 > 0 then secret end, previous_secret_last4 = case when $5 > 0 then secret_last4 end,
  previous_secret_until = case when $5 > 0 then now() + $5 * interval '1 second' end, secret_switched = $5 = 0,
  secret = $3, secret_last4 = $4, secret_created_at = now(), version = version + 1, updated_at = now()
where agency_id = $1 and id = $2`;

const SWITCH_SQL = /* sql */ `
update webhooks set secret_switched = true, version = version + 1, updated_at = now()
where agency_id = $1 and id = $2 and not secret_switched`;

const END_PREVIOUS_SQL = /* sql */ `
update webhooks set previous_secret = null, previous_secret_last4 = null, previous_secret_until = null, secret_switched = true,
  version = version + 1, updated_at = now()
where agency_id = $1 and id = $2 and previous_secret is not null`;
