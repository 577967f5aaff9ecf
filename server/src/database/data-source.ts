import type { DataSourceOptions } from 'typeorm';
import { impatientPg } from './pg-pool.js';

/** The two roles that the login role may take (security: one sees its own agency, the other everything). */
export type DatabaseRole = 'bpoc_tenant' | 'bpoc_service';

/** Name of the data source whose connections run as bpoc_service; the default one runs as bpoc_tenant. */
export const SERVICE = 'service';

export type EntityClass = new () => object;

export interface DataSourceSettings {
  entities: EntityClass[];
  url: string;
  role: DatabaseRole;
  poolSize: number;
}

/*
 * Tables of the engine grow by ten thousands between two looks of the planner at them, and today's partition was empty when it looked. A plan
 * that reads a whole table because it was small is then the end of everything else, so the service never gets one where an index serves.
 */
const PLANNER: Record<DatabaseRole, string> = { bpoc_tenant: '', bpoc_service: ' -c enable_seqscan=off' };

/** Options of a pool whose every connection takes `role` as a start-up option, before any statement of ours can run. */
export function dataSourceOptions({ entities, url, role, poolSize }: DataSourceSettings): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    driver: impatientPg,
    entities,
    poolSize,
    applicationName: role,
    extra: { options: `-c role=${role}${PLANNER[role]}`, connectionTimeoutMillis: 3_000, keepAlive: true },
  };
}
