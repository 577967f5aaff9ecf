import { addAbortSignal } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AgencyActor } from '../auth/actor.js';
import { Identity } from '../auth/identity.js';
import type { Right } from '../auth/role.js';
import { TenantTransaction } from '../database/tenant-transaction.js';
import { tooManyRequests } from '../http/attempt-limit.js';
import { csvOf, type CsvColumn } from '../http/csv.js';
import type { Page } from '../http/keyset-page.js';
import { AuditLog } from './audit-log.service.js';

/** Rows that one statement reads. */
const PAGE_ROWS = 500;
/** Per agency and process: each export holds a connection while it reads a page. */
const AT_ONCE = 2;
const LIMIT_MS = 600_000;

export interface Export<Row> {
  /** What is exported, such as `deliveries`; also the name of the file. */
  what: string;
  /** The right that the caller needs, checked again for each page. */
  right: Right;
  /** The audit log keeps the names of filters only, because a value may be a candidate's data. */
  filter: object;
  columns: readonly CsvColumn<Row>[];
  /** A page of the list, with the filters of the screen. */
  page: (at: { limit: number; cursor?: string }) => Promise<Page<Row>>;
}

/** Lists as CSV, streamed page by page, so that a long one needs no more memory than a short one. */
@Injectable()
export class Exports {
  readonly #running = new Map<string, number>();

  constructor(
    private readonly transaction: TenantTransaction,
    private readonly audit: AuditLog,
    private readonly identity: Identity,
  ) {}

  /**
   * Reads the first page before anything is sent, so that errors get an error status. The file is cut off when the
   * caller's access ends, or after 10 minutes. Throws AppError too_many_requests.
   */
  async csv<Row>(
    request: FastifyRequest,
    { what, right, filter, columns, page }: Export<Row>,
  ): Promise<StreamableFile> {
    const actor = request.actor as AgencyActor;
    const { agencyId } = actor;
    const running = this.#running.get(agencyId) ?? 0;
    if (running >= AT_ONCE) throw tooManyRequests('Two exports of this agency are running already.', 10);
    this.#running.set(agencyId, running + 1);
    try {
      const first = await page({ limit: PAGE_ROWS });
      const filters = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [name]));
      await this.transaction.run(agencyId, (manager) =>
        this.audit.record(manager, actor, { action: `${what}.exported`, details: { filters } }),
      );
      const next = async (cursor: string) => {
        if (!(await this.identity.stillHas(request, agencyId, right)))
          throw new Error('the access of its caller ended');
        return page({ limit: PAGE_ROWS, cursor });
      };
      const file = addAbortSignal(AbortSignal.timeout(LIMIT_MS), csvOf(columns, pagesFrom(first, next)));
      file.once('close', () => this.#ended(agencyId));
      return new StreamableFile(file, {
        type: 'text/csv; charset=utf-8',
        disposition: `attachment; filename="${what}.csv"`,
      });
    } catch (error) {
      this.#ended(agencyId);
      throw error;
    }
  }

  #ended(agencyId: string): void {
    const left = this.#running.get(agencyId)! - 1;
    if (left > 0) this.#running.set(agencyId, left);
    else this.#running.delete(agencyId);
  }
}

async function* pagesFrom<Row>(first: Page<Row>, next: (cursor: string) => Promise<Page<Row>>) {
  let read = first;
  for (;;) {
    yield read.data;
    if (read.next_cursor === null) return;
    read = await next(read.next_cursor);
  }
}
