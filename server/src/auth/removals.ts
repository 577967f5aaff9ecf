import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AgencyActor } from './actor.js';

/** A person who is removed from an agency, or a key that is revoked. */
export interface Removed {
  agencyId: string;
  id: string;
  /** null: a key. */
  email: string | null;
}

/** In the transaction of the removal; what it returns is called after the commit. */
type Consequence = (manager: EntityManager, removed: Removed, by: AgencyActor) => Promise<(() => void) | undefined>;

/** What else ends with the access of a person or key. Rooms above register theirs. */
@Injectable()
export class Removals {
  readonly #consequences: Consequence[] = [];

  register(consequence: Consequence): void {
    this.#consequences.push(consequence);
  }

  /** Returns what the caller calls after the commit. */
  async of(manager: EntityManager, removed: Removed, by: AgencyActor): Promise<() => void> {
    const after: ((() => void) | undefined)[] = [];
    for (const consequence of this.#consequences) after.push(await consequence(manager, removed, by));
    return () => after.forEach((signal) => signal?.());
  }
}
