import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ServiceDatabase } from '../../database/service-database.js';
import { atMostEvery, withTimeout } from '../../lib/with-timeout.js';
import { Metrics, SCRAPE_TIMEOUT_MS } from '../../metrics/metrics.js';
import { Dispatcher } from './dispatcher.js';
import { EngineCounts } from './engine-counts.js';
import { Intake, MAX_WAITING_BYTES } from './intake.js';

/*
 * The metrics of the engine, which are computed when /metrics is scraped.
 */

/**
 * Counting pending deliveries reads the whole queue, which takes half a second for 1,000,000 rows. All processes see
 * the same.
 */
const PENDING_CACHE_MS = 10_000;

/** For how many seconds the oldest due delivery in this state has been waiting. */
const oldest = (state: string): string => /* sql */ `
  coalesce(
    extract(epoch from now() - min(due_at) filter (where not busy and ${state} and due_at <= now())), 0)::float8`;

const PENDING_SQL = /* sql */ `
select json_build_object(
    'under_way', count(*) filter (where busy),
    'due', count(*) filter (where waits and due_at <= now() and not paced),
    'planned', count(*) filter (where waits and due_at > now()),
    'paused', count(*) filter (where not busy and paused),
    'held', count(*) filter (where not busy and held),
    'paced', count(*) filter (where waits and due_at <= now() and paced)
  ) as counts,
  -- A delivery that waits for its turn is late only when the turn is.
  coalesce(extract(epoch from now() - min(greatest(due_at, next_at, nullif(cutoff_at, 'infinity'))) filter (
    where waits and due_at <= now() and (next_at is null or next_at <= now() and due_at <= cutoff_at))), 0)::float8
    as oldest_due_seconds,
  json_build_object(
    'paused', ${oldest('paused')}, 'held', ${oldest('held')}, 'paced', ${oldest('waits and paced')}
  ) as oldest_kept_seconds
from (
  select *, not busy and not paused and not held as waits from (
    select coalesce(q.due_at, q.lease_until) as due_at, f.next_at, f.cutoff_at,
      f.webhook_id is not null as paced,
      coalesce(q.lease_until >= now(), false) as busy,
      h.paused_until is not null or h.unheard_until is not null as paused,
      h.held_until is not null and h.paused_until is null as held
    from webhook_queue q left join webhook_health h on h.webhook_id = q.webhook_id
    left join webhook_flow f on f.webhook_id = q.webhook_id
  ) q
) o`;

interface Pending {
  /** By state. */
  counts: Record<string, number>;
  oldest_due_seconds: number;
  /** By state. */
  oldest_kept_seconds: Record<string, number>;
}

@Injectable()
export class EngineMetrics implements OnModuleInit {
  /** null while the database is unavailable: the other metrics must not fail then. */
  readonly #readPending = atMostEvery(PENDING_CACHE_MS, () => {
    const pending = this.database.query<Pending>(PENDING_SQL).then(([row]) => row!);
    return withTimeout<Pending | null>(
      pending.catch(() => null),
      SCRAPE_TIMEOUT_MS,
      null,
    );
  });

  constructor(
    private readonly metrics: Metrics,
    private readonly counts: EngineCounts,
    private readonly dispatcher: Dispatcher,
    private readonly intake: Intake,
    private readonly database: ServiceDatabase,
  ) {}

  onModuleInit(): void {
    const { statements, firstRequests, sent, answers, settles } = this.counts;
    for (const metric of [statements, firstRequests.metric, sent.metric, answers.metric, settles.metric])
      this.metrics.registry.registerMetric(metric);
    this.#counters();
    this.#gauges();
    this.#pendingGauges();
  }

  #counters(): void {
    const { counts, intake, metrics } = this;
    metrics.counter({
      name: 'bpoc_events_refused_total',
      help: 'Events refused with 429 because too many were waiting in this process.',
      read: () => intake.admission.refused,
    });
    metrics.counter({
      name: 'bpoc_events_accepted_total',
      help: 'Events whose publishers were answered that they are stored; a repeated id counts again.',
      read: () => counts.accepted,
    });
    metrics.counter({
      name: 'bpoc_attempts_total',
      help: 'Requests to webhooks, by reason; ok: any 2xx.',
      labels: ['reason'],
      read: () => Object.fromEntries(counts.attempts),
    });
    metrics.counter({
      name: 'bpoc_deliveries_total',
      help: 'Deliveries that ended with an attempt, by state.',
      labels: ['state'],
      read: () => counts.ended,
    });
  }

  #gauges(): void {
    const { dispatcher, intake, metrics } = this;
    metrics.gauge({
      name: 'bpoc_requests_in_flight',
      help: 'Deliveries that this process is sending or whose result it has not stored yet.',
      read: () => dispatcher.inFlight,
    });
    metrics.gauge({
      name: 'bpoc_intake_buffered',
      help: 'Events, single or in arrays, waiting to be stored by this process; beyond 5000 single ones: 429.',
      read: () => intake.admission.events,
    });
    metrics.gauge({
      name: 'bpoc_intake_buffered_bytes',
      help: `Approximate memory they take; beyond ${MAX_WAITING_BYTES} publishers get 429.`,
      read: () => intake.admission.bytes,
    });
  }

  #pendingGauges(): void {
    this.metrics.gauge({
      name: 'bpoc_owed_deliveries',
      help:
        'Pending deliveries of all processes: under_way, due, planned (a later retry), paused (its webhook is, or ' +
        'its listener is disconnected), held (its receiver asked to wait), paced (it waits for its turn). ' +
        'Absent while the database is unavailable.',
      labels: ['state'],
      read: async () => (await this.#readPending())?.counts ?? null,
    });
    this.metrics.gauge({
      name: 'bpoc_oldest_due_seconds',
      help:
        'How long the oldest due delivery has been waiting, longer than for its turn; 0: none is. ' +
        '-1 while the database is unavailable.',
      read: async () => (await this.#readPending())?.oldest_due_seconds ?? -1,
    });
    this.metrics.gauge({
      name: 'bpoc_oldest_kept_seconds',
      help:
        'How long the oldest delivery has been waiting since it was due because its webhook is paused, held or paced ' +
        '(until its turn); 0: none is. Absent while the database is unavailable.',
      labels: ['state'],
      read: async () => (await this.#readPending())?.oldest_kept_seconds ?? null,
    });
  }
}
