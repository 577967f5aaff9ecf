import { Inject, Injectable } from '@nestjs/common';
import { MAX_BODY_BYTES } from '../lib/message-size.js';
import { ENV, type Env } from '../config/env.js';
import { TenantTransaction } from '../database/tenant-transaction.js';
import type { AgencyActor } from './actor.js';
import type { Me, MePlatform } from './sessions/sessions.dto.js';
import { rightsOf } from './role.js';

interface MeRow {
  agency_name: string;
  email: string | null;
  admins: string[];
}

@Injectable()
export class MeService {
  constructor(
    private readonly tenant: TenantTransaction,
    @Inject(ENV) private readonly env: Env,
  ) {}

  async describe(actor: AgencyActor): Promise<Me> {
    const row = await this.tenant.run(actor.agencyId, async (manager) => {
      const rows = (await manager.query(
        `select a.name as agency_name,
                (select email from users where agency_id = a.id and id = $2) as email,
                array(select coalesce(nullif(name, ''), email) from users
                      where agency_id = a.id and role in ('admin', 'owner') order by 1 limit 20) as admins
         from agencies a where a.id = $1`,
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
      role,
      agency: { id: actor.agencyId, name: row.agency_name },
      rights: rightsOf(actor),
      admins: row.admins,
      platform: this.#platform(),
    };
  }

  #platform(): MePlatform {
    const { retentionDays, attemptTimeoutMs, maxInFlightPerWebhook, delayScale } = this.env;
    const { outboundAddresses, recordUrls } = this.env;
    return {
      retention_days: retentionDays,
      max_event_bytes: MAX_BODY_BYTES,
      answer_within_ms: attemptTimeoutMs,
      parallel_requests: maxInFlightPerWebhook,
      delay_scale: delayScale,
      sends_from: outboundAddresses,
      record_urls: recordUrls,
    };
  }
}
