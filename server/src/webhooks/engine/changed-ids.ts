/*
 * Which rows of one agency have changed: what is gathered, told to other processes, and gathered again there. Pure. Beyond a limit it only
 * says that much has changed, so it is never large, and as text never longer than the 8,000 bytes of a notification.
 */

const MOST = { deliveries: 100, webhooks: 50, recoveries: 10 } as const;

type Kind = keyof typeof MOST;

export class ChangedIds {
  readonly deliveries = new Set<string>();
  readonly webhooks = new Set<string>();
  readonly recoveries = new Set<string>();
  /** More than can be told one by one. */
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

  /** Reads a notification. Throws for text that is none. */
  static parse(payload: string): { agencyId: string; ids: ChangedIds } {
    const told = JSON.parse(payload) as { agency_id: string; everything?: boolean } & Partial<Record<Kind, string[]>>;
    const ids = new ChangedIds();
    if (told.everything) ids.addEverything();
    for (const kind of KINDS) for (const id of told[kind] ?? []) ids.add(kind, id);
    return { agencyId: told.agency_id, ids };
  }
}

const KINDS = Object.keys(MOST) as Kind[];
