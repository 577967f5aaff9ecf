import { Injectable } from '@nestjs/common';
import { ServiceDatabase } from '../../../database/service-database.js';
import { RequestBody, type ToolSettings } from '../../destinations/request-body.js';
import type { DeliveryGroup } from '../queue/claimed-delivery.js';

/**
 * The body of a group is made once and kept before it is sent: an attempt after a crash sends the same bytes. Made anew
 * only when it was too large.
 */
@Injectable()
export class GroupBodies {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly body: RequestBody,
  ) {}

  /** Rejects when the database is unavailable, or a member was erased or cancelled meanwhile. */
  async of({ id, members }: DeliveryGroup, tool: NonNullable<ToolSettings>, short: boolean): Promise<string> {
    const [group] = await this.database.query<{ body: string | null; shortened: boolean; edition: number }>(
      'select body, shortened, edition from webhook_groups where id = $1',
      [id],
    );
    if (group!.body !== null && group!.shortened === short) return group!.body;
    const body = this.body.ofGroup(id, members, tool, short);
    const kept = await this.database.query(
      `update webhook_groups set body = $2, shortened = $4 where id = $1 and edition = $3
         and not exists (select from webhook_queue q where q.group_id = $1 and q.erased) returning id`,
      [id, body, group!.edition, short],
    );
    if (kept.flat().length === 0) throw new Error('a delivery of the group has ended meanwhile');
    return body;
  }
}
