/*
 * The rows of one agency that have changed, collected here, published to other processes and collected again there.
 * Pure. Above a limit only "everything" is kept, so a notification never exceeds the 8,000 bytes PostgreSQL allows.
 */

const MOST = { deliveries: 100, webhooks: 50, recoveries: 10 } as const;

type Kind = keyof typeof MOST;

export class ChangedIds {
  readonly deliveries = new Set<string>();
  readonly webhooks = new Set<string>();
  readonly recoveries = new Set<string>();
  /** Too many changes to list. */
  everything = false;

  get isEmpty(): boolean {
    return !this.everything && this.deliveries.size + this.webhooks.size + this.recoveries.size === 0;
  }

  add(kind: Kind, id: string): void {
    if (this.everything) return;
    this[kind].add(id);
    if (this[kind].size > MOST[kind]) this.addEverything();
  }

  addEverything(): void {
    this.everything = true;
    for (const kind of KINDS) this[kind].clear();
  }

  addAll(other: ChangedIds): void {
    if (other.everything) this.addEverything();
    for (const kind of KINDS) for (const id of other[kind]) this.add(kind, id);
  }

  /** The notification: `{"agency_id": …, "deliveries": […], …}`, or `"everything": true`. */
  toPayload(agencyId: string): string {
    const lists = Object.fromEntries(
      KINDS.filter((kind) => this[kind].size > 0).map((kind) => [kind, [...this[kind]]]),
    );
    return JSON.stringify({ agency_id: agencyId, ...(this.everything ? { everything: true } : lists) });
  }

  /** Parses a notification. Throws for any other text. */
  static parse(payload: string): { agencyId: string; ids: ChangedIds } {
    const parsed = JSON.parse(payload) as { agency_id: string; everything?: boolean } & Partial<Record<Kind, string[]>>;
    const ids = new ChangedIds();
    if (parsed.everything) ids.addEverything();
    for (const kind of KINDS) for (const id of parsed[kind] ?? []) ids.add(kind, id);
    return { agencyId: parsed.agency_id, ids };
  }
}

const KINDS = Object.keys(MOST) as Kind[];
