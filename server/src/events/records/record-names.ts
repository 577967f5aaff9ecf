import type { EntityManager } from 'typeorm';
import { afterPrefix, KINDS, MAX_WORDS, named, unnamedIn, wordsOf, type EventData } from './labels.js';
import { EventRecord } from './record.entity.js';

/* Reads what records are called: to complete messages without names, and to search by name or id. */

/** A single letter finds half of all people. */
const MIN_PREFIX = 2;

const nameOf = ({ kind, value }: Pick<EventRecord, 'kind' | 'value'>) => `${kind} ${value}`;

/** The same data with the names that it lacks, in the same order, as far as they are known. */
export async function completed(
  manager: EntityManager,
  agencyId: string,
  all: readonly EventData[],
): Promise<EventData[]> {
  const wanted = new Map(all.flatMap(unnamedIn).map((record) => [nameOf(record), record]));
  if (wanted.size === 0) return [...all];
  const found = await manager
    .createQueryBuilder(EventRecord, 'r')
    .where(
      `r.agency_id = :agencyId
       and (r.kind, r.value) in (select * from unnest(:kinds::text[], :values::text[]))`,
      {
        agencyId,
        kinds: [...wanted.values()].map(({ kind }) => kind),
        values: [...wanted.values()].map(({ value }) => value),
      },
    )
    .getMany();
  const labels = new Map(found.map((record) => [nameOf(record), record.label]));
  return all.map((data) => named(data, (record) => labels.get(nameOf(record))));
}

/** Searched records with words that begin like those of the text, the last seen first. */
export function recordsByName(
  manager: EntityManager,
  agencyId: string,
  text: string,
  limit: number,
): Promise<EventRecord[]> {
  const words = wordsOf(text);
  if (words.every((word) => word.length < MIN_PREFIX)) return Promise.resolve([]);
  const query = manager.createQueryBuilder(EventRecord, 'r').where('r.agency_id = :agencyId', { agencyId });
  for (const [n, word] of words.entries()) {
    const columns = Array.from({ length: MAX_WORDS }, (_, at) => startsWith(`r.word${at + 1}`, `word${n}`, word));
    query.andWhere(`(${columns.map(({ sql }) => sql).join(' or ')})`, columns[0]!.values);
  }
  return query.orderBy('r.seen_at', 'DESC').addOrderBy('r.value').limit(limit).getMany();
}

/** Named records whose id begins with the text. */
export function recordsById(
  manager: EntityManager,
  agencyId: string,
  text: string,
  limit: number,
): Promise<EventRecord[]> {
  const { sql, values } = startsWith('r.value', 'id', text);
  return manager
    .createQueryBuilder(EventRecord, 'r')
    .where(`r.agency_id = :agencyId and r.kind = any(:kinds) and ${sql}`, { agencyId, kinds: KINDS, ...values })
    .orderBy('r.value')
    .limit(limit)
    .getMany();
}

/** That a column begins with the text, as a range. */
function startsWith(column: string, name: string, text: string): { sql: string; values: Record<string, string> } {
  const end = afterPrefix(text);
  if (end === null) return { sql: `${column} >= :${name}`, values: { [name]: text } };
  return { sql: `${column} >= :${name} and ${column} < :${name}End`, values: { [name]: text, [`${name}End`]: end } };
}
