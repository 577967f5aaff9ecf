import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { HOUR_MS } from '../../../lib/time.js';
import { ENV, type Env } from '../../../config/env.js';
import { ServiceDatabase } from '../../../database/service-database.js';

/** Enforces MAILS_PER_HOUR of an agency, over all replicas. */
@Injectable()
export class MailQuota {
  constructor(
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /**
   * Takes all of `mails` or none, in the transaction of `manager` if there is one. Resolves with the milliseconds to
   * wait; 0: they may be sent.
   */
  async take(agencyId: string, mails: number, manager?: EntityManager): Promise<number> {
    const taken = (await (manager ?? this.database).query(
      `insert into mail_hours as h (agency_id, hour, mails) values ($1, date_trunc('hour', now(), 'UTC'), $2)
       on conflict (agency_id, hour) do update set mails = h.mails + excluded.mails
       where h.mails + excluded.mails <= $3 returning mails`,
      [agencyId, mails, this.env.mailsPerHour],
    )) as unknown[];
    return taken.length > 0 ? 0 : HOUR_MS - (Date.now() % HOUR_MS);
  }
}
