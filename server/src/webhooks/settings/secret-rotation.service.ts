import { Injectable } from '@nestjs/common';
import { type EntityManager, type FindOptionsWhere, IsNull, Not } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { AppError } from '../../lib/app-error.js';
import { Keyring } from '../../lib/keyring.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import type { Versioned } from './etag.js';
import { changeWebhook, getWebhook, lockWebhook, type WebhookChange } from './webhook-queries.js';
import { isTool } from '../destinations/kinds.js';
import type { Webhook } from '../model/webhook.entity.js';
import { last4, newSecret, encryptSecret } from '../model/webhook-secrets.js';
import { type WebhookJson, WebhookView } from './webhook-view.js';
import type { WebhookWithSecretResponse } from './webhook-response.dto.js';

const DEFAULT_OVERLAP_SECONDS = 86_400;
const NO_PREVIOUS = {
  previousSecret: null,
  previousSecretLast4: null,
  previousSecretUntil: null,
  secretSwitched: true,
};

interface SecretChange {
  action: string;
  details?: Record<string, unknown>;
  change: (manager: EntityManager, webhook: Webhook) => WebhookChange | Promise<WebhookChange>;
  /** Condition of the change. */
  only?: FindOptionsWhere<Webhook>;
}

/**
 * Rotates a secret in two phases. While both secrets are valid, `webhook-signature` carries both signatures, so the
 * receiver can switch at any time. `x-webhook-signature` carries one: that of the old secret until the webhook is
 * switched or the overlap ends.
 */
@Injectable()
export class SecretRotation {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly audit: AuditLog,
    private readonly keyring: Keyring,
    private readonly view: WebhookView,
  ) {}

  /** 0 seconds ends the old secret at once. Throws AppError not_found, or secret_overlap while an old one is valid. */
  async rotate(
    actor: AgencyActor,
    id: string,
    overlapSeconds = DEFAULT_OVERLAP_SECONDS,
  ): Promise<Versioned<WebhookWithSecretResponse>> {
    const at = { agencyId: actor.agencyId, webhookId: id };
    const secret = newSecret();
    const next = {
      secret: encryptSecret(this.keyring, at, secret),
      secretLast4: last4(secret),
      secretCreatedAt: () => 'now()',
    };
    const details = { overlap_seconds: overlapSeconds };
    const { version, body } = await this.#change(actor, id, {
      action: 'webhook.secret_rotated',
      details,
      change: async (manager, webhook) => {
        if (overlapSeconds === 0) return { ...next, ...NO_PREVIOUS };
        if ((await getWebhook(manager, at.agencyId, id)).previous_secret !== null) {
          const message = 'The old secret still works. End it first, or create a new one without an overlap.';
          throw new AppError('secret_overlap', message);
        }
        const until = `now() + ${overlapSeconds} * interval '1 second'`;
        return {
          ...next,
          previousSecret: webhook.secret,
          previousSecretLast4: webhook.secretLast4,
          previousSecretUntil: () => until,
          secretSwitched: false,
        };
      },
    });
    return { version, body: { ...body, secret } };
  }

  /** Makes `x-webhook-signature` with the new secret. Changes nothing without an overlap. Throws AppError not_found. */
  switchNow(actor: AgencyActor, id: string): Promise<Versioned<WebhookJson>> {
    return this.#change(actor, id, {
      action: 'webhook.secret_switched',
      change: () => ({ secretSwitched: true }),
      only: { secretSwitched: false },
    });
  }

  /** Ends the old secret. Changes nothing without an overlap. Throws AppError not_found. */
  endPrevious(actor: AgencyActor, id: string): Promise<Versioned<WebhookJson>> {
    return this.#change(actor, id, {
      action: 'webhook.secret_ended',
      change: () => NO_PREVIOUS,
      only: { previousSecret: Not(IsNull()) },
    });
  }

  #change(
    actor: AgencyActor,
    webhookId: string,
    { action, details, change, only }: SecretChange,
  ): Promise<Versioned<WebhookJson>> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      const webhook = await lockWebhook(manager, agencyId, webhookId);
      if (isTool(webhook.kind)) {
        throw new AppError('kind_has_no_secret', 'Its messages are not signed: the address itself is the secret.');
      }
      await changeWebhook(manager, webhook, await change(manager, webhook), only);
      await this.audit.record(manager, actor, { action, details, targetKind: 'webhook', targetId: webhookId });
      return this.view.get(manager, actor, webhookId);
    });
  }
}
