import { parseArgs } from 'node:util';
import { countOutbox } from '../outbox/counts.js';
import { checkTable, connectTo, type PgClient } from '../outbox/pg-client.js';
import { DEFAULT_TABLE, outboxSql, tableName } from '../outbox/table.js';
import { databaseOf, numberOf, TABLE_OPTIONS } from './options.js';
import { UsageError } from './usage-error.js';

const HELP = `bpoc-webhooks outbox sql [--table name] [--from version]
bpoc-webhooks outbox status | rejected [--database postgres://…] [--table name]

  --table     name or schema.name; default ${DEFAULT_TABLE}
  --from      the version of the existing table: prints only the changes since then
  --database  default: BPOC_OUTBOX_DATABASE_URL, else DATABASE_URL

  npx bpoc-webhooks outbox sql > migrations/2026-01-22-outbox.sql
  npx bpoc-webhooks outbox rejected | head
`;

/** `outbox sql`, `outbox status`, `outbox rejected`. */
export async function outboxCommand(args: string[]): Promise<void> {
  const options = { ...TABLE_OPTIONS, from: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const { table = DEFAULT_TABLE } = values;
  const [what, ...more] = positionals;
  if (values.help) return print(HELP);
  if (more.length > 0 || !['sql', 'status', 'rejected'].includes(what ?? ''))
    throw new UsageError('outbox needs one of: sql, status, rejected');
  if (what === 'sql') return print(outboxSql({ table, from: numberOf('from', values.from, 0) ?? 0 }));
  const client = await connectTo(databaseOf(values.database));
  try {
    await checkTable(client, table);
    if (what === 'status') print(`${JSON.stringify(await countOutbox(client, table))}\n`);
    else await printRejected(client, table);
  } finally {
    await client.end();
  }
}

interface Rejected {
  rejected_at: Date;
  reason: string;
  event: string;
}

/** One JSON line each, oldest first. */
async function printRejected(client: PgClient, table: string): Promise<void> {
  const { rows } = await client.query(
    `select rejected_at, reason, event from ${tableName(table)} where rejected_at is not null
      order by rejected_at, position limit 1000`,
  );
  for (const { event, ...row } of rows as Rejected[])
    print(`${JSON.stringify({ ...row, event: JSON.parse(event) as unknown })}\n`);
}

function print(text: string): void {
  process.stdout.write(text);
}
