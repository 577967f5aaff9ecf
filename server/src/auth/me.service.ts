import { Inject, Injectable } from '@nestjs/common';
import { MAX_BODY_BYTES } from '../lib/message-size.js';
import { User } from '../agencies/user.entity.js';
import { AuditLog } from '../audit/audit-log.service.js';
import { ENV, type Env } from '../config/env.js';
import { AppError } from '../lib/app-error.js';
import { Mailer } from '../outbound/mailer.js';
import { type DigestChoice, digestSql } from './digest-choice.js';
import { TenantTransaction } from '../database/tenant-transaction.js';
import type { AgencyActor } from './actor.js';
import type { Me, MePlatform } from './sessions/sessions.dto.js';
import { rightsOf } from './role.js';

interface MeRow {
  agency_name: string;
  email: string | null;
  digest: DigestChoice | null;
  admins: string[];
}

@Injectable()
export class MeService {
  constructor(
    private readonly tenant: TenantTransaction,
    private readonly audit: AuditLog,
    private readonly mailer: Mailer,
    @Inject(ENV) private readonly env: Env,
  ) {}

  async describe(actor: AgencyActor): Promise<Me> {
    const row = await this.tenant.run(actor.agencyId, async (manager) => {
      const rows = (await manager.query(
        `select a.name as agency_name, u.email, ${digestSql('u')} as digest,
                array(select coalesce(nullif(name, ''), email) from users
                      where agency_id = a.id and role in ('admin', 'owner') order by 1 limit 20) as admins
         from agencies a left join users u on u.agency_id = a.id and u.id = $2 where a.id = $1`,
        [actor.agencyId, actor.id],
      )) as MeRow[];
      return rows[0];
    });
    if (!row) throw new Error(`agency ${actor.agencyId} of a signed-in actor does not exist`);
    const { kind, id, name, role } = actor;
    return {
      kind,
      id,
      name,
      email: row.email,
      digest: row.email !== null && this.mailer.works ? row.digest : null,
      role,
      agency: { id: actor.agencyId, name: row.agency_name },
      rights: rightsOf(actor),
      admins: row.admins,
      platform: this.#platform(),
    };
  }

  /** Throws AppError not_found for a person whom only the identity provider knows. */
  async chooseDigest(actor: AgencyActor, digest: DigestChoice): Promise<Me> {
    const { agencyId, id } = actor;
    await this.tenant.run(agencyId, async (manager) => {
      const { affected } = await manager.update(User, { id, agencyId }, { digest });
      if (!affected) throw new AppError('not_found', 'This server knows no address of yours.');
      await this.audit.record(manager, actor, { action: 'user.digest_chosen', details: { digest } });
    });
    return this.describe(actor);
  }

  #platform(): MePlatform {
    const { retentionDays, attemptTimeoutMs, maxInFlightPerWebhook, delayScale, undoMs } = this.env;
    const { outboundAddresses, recordUrls } = this.env;
    return {
      retention_days: retentionDays,
      max_event_bytes: MAX_BODY_BYTES,
      answer_within_ms: attemptTimeoutMs,
      parallel_requests: maxInFlightPerWebhook,
      delay_scale: delayScale,
      undo_ms: undoMs,
      sends_from: outboundAddresses,
      record_urls: recordUrls,
    };
  }
}
