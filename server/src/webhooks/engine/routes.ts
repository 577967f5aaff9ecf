import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ServiceDatabase, type RunStatement } from '../../database/service-database.js';
import { messageData, type PublishableEvent } from '../../events/publishable-event.js';
import { failedCondition, type EventCondition } from '../destinations/conditions.js';
import { subscribes } from '../../events/catalogue/catalogue.js';

/*
 * Which webhooks get an event: a cached copy of the webhooks of each agency, with the version of agency_routes at which
 * it was read. The statement that stores events compares that version, so an outdated copy stores nothing and is read
 * again.
 */

const MAX_AGENCIES = 5_000;

/** A webhook that gets an event. */
export interface Route {
  webhookId: string;
  /** Of its configuration. */
  version: number;
  /** If not, its deliveries are skipped. */
  isActive: boolean;
  /** Paused or held: nothing is sent now. */
  closed: boolean;
  /** Its requests take turns. */
  paced: boolean;
  /** Which events of its types it gets; null: all. */
  conditions: readonly EventCondition[] | null;
}

interface RouteRow {
  agency_id: string;
  routes_version: number;
  webhook_id: string | null;
  version: number;
  events: string[];
  is_active: boolean;
  closed: boolean;
  paced: boolean;
  conditions: EventCondition[] | null;
  /** For how long a webhook that was turned off or deleted still gets events, because that can be undone. */
  undo_ms: number | null;
}

const NO_ROUTES: readonly Route[] = [];

export class AgencyRoutes {
  readonly #all: (Route & { events: string[] })[] = [];
  readonly #byType = new Map<string, Route[]>();

  /** For how many milliseconds the copy is valid if nothing changes; 0: forever. */
  validMs = 0;

  constructor(readonly version: number) {}

  /** `undoMs`: the time left to undo that the webhook was turned off or deleted. */
  add(route: Route & { events: string[] }, undoMs: number | null = null): void {
    this.#all.push(route);
    if (undoMs !== null) this.validMs = Math.min(Math.ceil(undoMs), this.validMs || Infinity);
  }

  /** The agency's webhooks that get an event. */
  for({ type, body }: Pick<PublishableEvent, 'type' | 'body'>): readonly Route[] {
    const routes = this.of(type);
    if (routes.every(({ conditions }) => conditions === null)) return routes;
    const data = messageData(body);
    return routes.filter(({ conditions }) => failedCondition(conditions, type, data) === null);
  }

  /** The webhooks whose conditions the event does not meet. `got`: those that get it. */
  leftOut({ type }: Pick<PublishableEvent, 'type'>, got: readonly Route[]): readonly Route[] {
    const all = this.of(type);
    return got.length === all.length ? NO_ROUTES : all.filter((route) => !got.includes(route));
  }

  /** The agency's webhooks that subscribe to a type. */
  of(type: string): readonly Route[] {
    let routes = this.#byType.get(type);
    if (!routes) {
      routes = this.#all.filter(({ events }) => subscribes(events, type));
      this.#byType.set(type, routes);
    }
    return routes;
  }
}

const ROUTES_SQL = /* sql */ `
select r.agency_id, r.version as routes_version, w.id as webhook_id, w.version, w.events, w.paced, w.conditions,
  w.is_active or coalesce(w.deleted_at is null and w.undo_until > now(), false) as is_active,
  h.closed_until is not null or w.undo_until is not null as closed,
  case when w.undo_until > now() then extract(epoch from w.undo_until - now())::float8 * 1000 end as undo_ms
from agency_routes r
left join webhooks w on w.agency_id = r.agency_id
  and (w.deleted_at is null or w.undo_until > now())
left join webhook_health h on h.webhook_id = w.id
where r.agency_id = any($1) order by w.id`;

@Injectable()
export class Routes {
  readonly #known = new LRUCache<string, AgencyRoutes>({ max: MAX_AGENCIES });

  constructor(private readonly database: ServiceDatabase) {}

  /** By agency; those that do not exist are missing. */
  async of(agencyIds: ReadonlySet<string>): Promise<Map<string, AgencyRoutes>> {
    const found = new Map<string, AgencyRoutes>();
    const missing: string[] = [];
    for (const id of agencyIds) {
      const routes = this.#known.get(id);
      if (routes) found.set(id, routes);
      else missing.push(id);
    }
    if (missing.length > 0) {
      const { prepared } = this.database;
      for (const [id, routes] of await readRoutes(prepared, missing)) {
        this.#known.set(id, routes, { ttl: routes.validMs });
        found.set(id, routes);
      }
    }
    return found;
  }

  /** The routes of these agencies have changed: they are read again when they are needed. */
  forget(agencyIds: readonly string[]): void {
    for (const id of agencyIds) this.#known.delete(id);
  }
}

/** The routes as they are now; in a transaction, with its own changes. */
export async function readRoutes(run: RunStatement, agencyIds: readonly string[]): Promise<Map<string, AgencyRoutes>> {
  const found = new Map<string, AgencyRoutes>();
  for (const row of await run<RouteRow>('routes', ROUTES_SQL, [agencyIds])) {
    let routes = found.get(row.agency_id);
    if (!routes) found.set(row.agency_id, (routes = new AgencyRoutes(row.routes_version)));
    const { webhook_id: webhookId, version, events, is_active: isActive, closed, paced, conditions, undo_ms } = row;
    if (webhookId !== null) routes.add({ webhookId, version, events, isActive, closed, paced, conditions }, undo_ms);
  }
  return found;
}
