import type { DataSourceOptions } from 'typeorm';
import { failFastPg } from './pg-pool.js';

/** The two roles that the login may assume: bpoc_tenant sees one agency, bpoc_service all of them. */
type DatabaseRole = 'bpoc_tenant' | 'bpoc_service';

/** Name of the data source whose connections run as bpoc_service. Those of the default one run as bpoc_tenant. */
export const SERVICE = 'service';

export type EntityClass = new () => object;

interface DataSourceSettings {
  entities: EntityClass[];
  url: string;
  role: DatabaseRole;
  poolSize: number;
  connectTimeoutMs?: number;
}

/*
 * Engine tables grow by tens of thousands of rows between two runs of ANALYZE, and today's partition was empty at the
 * last one. A sequential scan that was planned for a small table would then stall everything, so the service never uses
 * one where there is an index.
 */
const PLANNER: Record<DatabaseRole, string> = { bpoc_tenant: '', bpoc_service: ' -c enable_seqscan=off' };

/** Options of a pool whose connections assume `role` by a start-up option, before any statement can run. */
export function dataSourceOptions({
  entities,
  url,
  role,
  poolSize,
  connectTimeoutMs = 3_000,
}: DataSourceSettings): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    driver: failFastPg,
    entities,
    poolSize,
    applicationName: role,
    extra: { options: `-c role=${role}${PLANNER[role]}`, connectionTimeoutMillis: connectTimeoutMs, keepAlive: true },
  };
}
