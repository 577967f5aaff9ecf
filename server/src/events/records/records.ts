import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { In, type EntityManager } from 'typeorm';
import { DAY_MS } from '../../lib/time.js';
import { textArray, uuidArray } from '../../database/binary-arrays.js';
import { ServiceDatabase } from '../../database/service-database.js';
import type { Loop } from '../../health/loop.js';
import { Loops } from '../../health/loops.js';
import { LABELS, MAX_WORDS, SEARCHED_KINDS, wordsOf, type EventData, type RecordRef } from './labels.js';
import { EventRecord } from './record.entity.js';

/*
 * Writes the names of candidates and jobs, by which people read and search the log. Publishing puts them into a buffer
 * in memory, which is flushed once a second; names that are lost in a crash or a flood come with later events.
 *
 * An erasure empties the messages and then removes the records, in one transaction. A name is written only while the
 * message that it comes from exists, under a lock that the removal waits for, so none is written after an erasure.
 */

const FLUSH_MS = 1_000;
/** Names written per second: a burst of new candidates must not slow down deliveries. */
const BATCH = 500;
const MAX_PENDING = 10_000;
/** Records whose stored name this process knows. */
const MAX_KNOWN = 50_000;
const MAX_LABEL = 200;

const WRITERS = `select pg_advisory_xact_lock_shared(hashtext('records'))`;
const REMOVER = `select pg_advisory_xact_lock(hashtext('records'))`;

/* Scalar subqueries, so that each event is looked up in its partition, whatever the statistics say. */
const WRITE_SQL = /* sql */ `
insert into records as r (agency_id, kind, value, label, word1, word2, word3, word4, word5)
select i.agency, i.kind, i.value, i.label, i.word1, i.word2, i.word3, i.word4, i.word5
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::text[], $10::text[]) as i (agency, event, kind, value, label, word1, word2, word3, word4, word5)
where (select e.body is not null from webhook_events e where e.agency_id = i.agency and e.id = i.event limit 1)
on conflict (agency_id, kind, value) do update
set label = excluded.label, word1 = excluded.word1, word2 = excluded.word2, word3 = excluded.word3,
  word4 = excluded.word4, word5 = excluded.word5, seen_at = now()
where r.label <> excluded.label or r.seen_at < now() - interval '20 hours'`;

interface Removed {
  agencyId: string;
  records: readonly RecordRef[];
  deliveryIds?: readonly string[];
}

interface LabelledRecord extends RecordRef {
  label: string;
}

interface Noticed extends LabelledRecord {
  agencyId: string;
  eventId: string;
}

const keyOf = (agencyId: string, { kind, value }: RecordRef) => `${agencyId} ${kind} ${value}`;

@Injectable()
export class Records {
  readonly #loop: Loop;
  readonly #pending = new Map<string, Noticed>();
  /** The label that was written last, by record. */
  readonly #known = new LRUCache<string, string>({ max: MAX_KNOWN, ttl: DAY_MS, ttlResolution: FLUSH_MS });

  constructor(
    private readonly database: ServiceDatabase,
    loops: Loops,
  ) {
    // When the server stops, it writes what is left, at most one batch.
    this.#loop = loops.add('records', { everyMs: FLUSH_MS, work: () => this.#flush(), flushes: true });
  }

  /** Buffers the names in a stored event. Never throws. */
  notice({ agencyId, eventId }: { agencyId: string; eventId: string }, data: EventData): void {
    if (this.#pending.size >= MAX_PENDING) return;
    for (const record of labelsOf(data)) {
      const key = keyOf(agencyId, record);
      if (this.#known.get(key) === record.label) continue;
      this.#pending.set(key, { ...record, agencyId, eventId });
    }
  }

  /** Writes the buffer now. */
  tick(): Promise<void> {
    return this.#loop.tick();
  }

  async #flush(): Promise<void> {
    const batch: [key: string, record: Noticed][] = [];
    for (const entry of this.#pending) if (batch.push(entry) === BATCH) break;
    if (batch.length === 0) return;
    // All processes write in the same order, so they cannot deadlock.
    batch.sort(([a], [b]) => (a < b ? -1 : 1));
    const rows = batch.map(([, record]) => record);
    const words = rows.map(({ kind, label }) => (SEARCHED_KINDS.includes(kind) ? wordsOf(label) : []));
    await this.writing((manager) =>
      manager.query(WRITE_SQL, [
        uuidArray(rows.map(({ agencyId }) => agencyId)),
        uuidArray(rows.map(({ eventId }) => eventId)),
        textArray(rows.map(({ kind }) => kind)),
        textArray(rows.map(({ value }) => value)),
        textArray(rows.map(({ label }) => label)),
        ...Array.from({ length: MAX_WORDS }, (_, n) => textArray(words.map((of) => of[n] ?? null))),
      ]),
    );
    for (const [key, record] of batch) {
      if (this.#pending.get(key) === record) this.#pending.delete(key);
      this.#known.set(key, record.label);
    }
  }

  /** A transaction that writes names while their messages exist: a removal waits for it. */
  writing<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.database.transaction(async (manager) => {
      await manager.query(WRITERS);
      return work(manager);
    });
  }

  /**
   * Removes the names of these records, and those in messages of these deliveries, in the transaction that has just
   * emptied the messages. Without such messages it does no harm: names come back only until the messages are empty.
   */
  async remove(manager: EntityManager, { agencyId, records, deliveryIds = [] }: Removed): Promise<void> {
    if (records.length + deliveryIds.length === 0) return;
    for (const record of records) {
      const key = keyOf(agencyId, record);
      this.#pending.delete(key);
      this.#known.delete(key);
    }
    await manager.query(REMOVER);
    await manager.query('delete from message_names where agency_id = $1 and delivery_id = any($2)', [
      agencyId,
      deliveryIds,
    ]);
    for (const kind of new Set(records.map((record) => record.kind))) {
      const values = records.filter((record) => record.kind === kind).map(({ value }) => value);
      await manager.delete(EventRecord, { agencyId, kind, value: In(values) });
    }
  }
}

/** The records that the event names. */
function labelsOf(data: EventData): LabelledRecord[] {
  const found: LabelledRecord[] = [];
  for (const { kind, id, label } of LABELS) {
    const value = data[id];
    const text = data[label];
    if (typeof value !== 'string' || value === '' || typeof text !== 'string' || text === '') continue;
    const shown = oneLine(text);
    if (shown !== '') found.push({ kind, value, label: shown });
  }
  return found;
}

/** Most labels are of one line as they are. */
const ONE_LINE = /^[!-~]+(?: [!-~]+)*$/;

function oneLine(text: string): string {
  if (text.length <= MAX_LABEL && ONE_LINE.test(text)) return text;
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line.length > MAX_LABEL ? Array.from(line).slice(0, MAX_LABEL).join('') : line;
}
