import pg from 'pg';
import { BENCH_NAME } from './database.js';

/* Counts the statements that the server under test sends, by wrapping pg's query; those of the bench itself are left out. */

const counts = new Map<string, number>();

type Query = (this: pg.Client & { connectionParameters: { application_name?: string } }, ...args: unknown[]) => unknown;

/** Begins counting; before the server makes its connections. */
export function countStatements(): void {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const query = prototype.query;
  prototype.query = function (...args) {
    if (this.connectionParameters.application_name !== BENCH_NAME) add(args[0]);
    return query.apply(this, args);
  };
}

function add(asked: unknown): void {
  const { name, text } = typeof asked === 'string' ? { name: undefined, text: asked } : (asked as pg.QueryConfig);
  const key = name ?? text.trim().split(/\s+/, 2).join(' ').toLowerCase();
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** How many since the last call, by the name of a prepared statement or the first two words. */
export function takeStatements(): Record<string, number> {
  const taken = Object.fromEntries(counts);
  counts.clear();
  return taken;
}
