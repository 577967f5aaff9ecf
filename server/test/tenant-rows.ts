import { uuidv7 } from '../src/lib/ids.js';

/*
 * A row of an agency in every table that holds rows of agencies, derived from the catalog, so that future tables
 * are filled and tested automatically.
 */

type Sql = <Row>(text: string, values?: unknown[]) => Promise<Row[]>;

/** A foreign key: `columns` of the table reference, in this order, `targets` of the other. */
export interface Reference {
  table: string;
  columns: string[];
  target: string;
  targets: string[];
}

interface Column {
  table: string;
  name: string;
  type: string;
  /** NOT NULL without a default. */
  needed: boolean;
  /** The first value that its CHECK allows. */
  allowed: string | null;
}

/** Columns subject to multi-column checks. */
const SPECIAL: Record<string, Record<string, unknown>> = {
  api_keys: { kind: 'key', role: 'viewer' },
  webhooks: { url: Buffer.from('x') },
};

/** Tables with rows of agencies, including `agencies`, without partitions. */
export async function tenantTables(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and (c.relname = 'agencies' or exists (
         select from pg_attribute a where a.attrelid = c.oid and a.attname = 'agency_id' and not a.attisdropped))
     order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** The foreign keys of all tables. */
export function tenantReferences(sql: Sql): Promise<Reference[]> {
  const names = (table: string, numbers: string) => `array(
    select a.attname::text from unnest(${numbers}) with ordinality as k (n, o)
    join pg_attribute a on a.attrelid = ${table}.oid and a.attnum = k.n order by o)`;
  return sql<Reference>(
    `select c.relname as table, t.relname as target,
       ${names('c', 'f.conkey')} as columns,
       ${names('t', 'f.confkey')} as targets
     from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_class t on t.oid = f.confrelid
     where f.contype = 'f' and c.relnamespace = 'public'::regnamespace order by 1, f.conname`,
  );
}

/** Inserts a row of the agency into every table; returns the rows by table. */
export async function fillTenantTables(sql: Sql, agencyId: string): Promise<Map<string, Record<string, unknown>>> {
  const columns = await sql<Column>(COLUMNS_SQL);
  const references = await tenantReferences(sql);
  const rows = new Map<string, Record<string, unknown>>();
  const open = new Set(await tenantTables(sql));
  while (open.size > 0) {
    const ready = [...open].filter((table) => references.every((key) => key.table !== table || rows.has(key.target)));
    if (ready.length === 0) throw new Error(`tables refer to each other in a circle: ${[...open].join(', ')}`);
    for (const table of ready) {
      const row = {
        ...defaults(columns.filter((column) => column.table === table)),
        ...Object.fromEntries(references.filter((key) => key.table === table).flatMap((key) => referring(key, rows))),
        ...SPECIAL[table],
        [table === 'agencies' ? 'id' : 'agency_id']: agencyId,
      };
      // A trigger has made that of the agency.
      if (table !== 'agency_routes') await insertRow(sql, table, row);
      rows.set(table, row);
      open.delete(table);
    }
  }
  return rows;
}

export async function insertRow(sql: Sql, table: string, row: Record<string, unknown>): Promise<void> {
  const names = Object.keys(row);
  const places = names.map((_name, index) => `$${index + 1}`);
  await sql(`insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`, Object.values(row));
}

const COLUMNS_SQL = `
select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type,
  a.attnotnull and not a.atthasdef as needed,
  (select substring(pg_get_constraintdef(k.oid) from format('\\(%s = ANY \\(ARRAY\\[''([^'']*)''', a.attname))
   from pg_constraint k
   where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum] limit 1) as allowed
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`;

function defaults(columns: Column[]): Record<string, unknown> {
  return Object.fromEntries(columns.filter(({ needed }) => needed).map((column) => [column.name, valueOf(column)]));
}

function valueOf({ table, name, type, allowed }: Column): unknown {
  if (allowed !== null) return allowed;
  if (type === 'uuid') return uuidv7();
  if (type === 'text') return `x${uuidv7()}`;
  if (type === 'bytea') return Buffer.from(uuidv7());
  if (type === 'boolean') return false;
  if (type === 'text[]') return ['*'];
  if (type === 'uuid[]') return [];
  if (/^json/.test(type)) return '{}';
  if (/^(integer|bigint|double precision)$/.test(type)) return 1;
  if (/^timestamp/.test(type)) return new Date();
  throw new Error(`no value for ${table}.${name} of type ${type}`);
}

const referring = ({ columns, target, targets }: Reference, rows: Map<string, Record<string, unknown>>) =>
  columns.map((column, index): [string, unknown] => [column, rows.get(target)![targets[index]!]]);
