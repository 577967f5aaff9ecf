import pg from 'pg';
import { BENCH_NAME } from './database.js';

/* Counts the statements of the server under test, without the bench's own, by wrapping pg's query. */

const counts = new Map<string, number>();

type Query = (this: pg.Client & { connectionParameters: { application_name?: string } }, ...args: unknown[]) => unknown;

/** Starts counting. Call it before the server connects. */
export function countStatements(): void {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const query = prototype.query;
  prototype.query = function (...args) {
    if (this.connectionParameters.application_name !== BENCH_NAME) add(args[0]);
    return query.apply(this, args);
  };
}

function add(query: unknown): void {
  const { name, text } = typeof query === 'string' ? { name: undefined, text: query } : (query as pg.QueryConfig);
  const key = name ?? text.trim().split(/\s+/, 2).join(' ').toLowerCase();
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Counts since the last call, by prepared statement name or the first two words. */
export function takeStatements(): Record<string, number> {
  const taken = Object.fromEntries(counts);
  counts.clear();
  return taken;
}
