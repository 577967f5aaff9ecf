import { UsageError } from './usage-error.js';

/** The options that name the outbox. */
export const TABLE_OPTIONS = {
  database: { type: 'string' },
  table: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** The database of the outbox: from the option, else the environment. */
export function databaseOf(option: string | undefined): string {
  const url = option ?? process.env['BPOC_OUTBOX_DATABASE_URL'] ?? process.env['DATABASE_URL'];
  if (url) return url;
  throw new UsageError('name the outbox database: --database postgres://…, BPOC_OUTBOX_DATABASE_URL or DATABASE_URL');
}

/** A whole number of at least `minimum`, or undefined without the option. */
export function numberOf(name: string, text: string | undefined, minimum: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text) && Number(text) >= minimum) return Number(text);
  throw new UsageError(`--${name} must be a whole number from ${minimum}`);
}
