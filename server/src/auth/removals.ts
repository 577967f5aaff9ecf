import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AgencyActor } from './actor.js';

/** A person who was removed from an agency, or a key that was revoked. */
export interface Removed {
  agencyId: string;
  id: string;
  /** null for a key. */
  email: string | null;
}

/** Runs in the transaction of the removal. The function it returns is called after the commit. */
type Consequence = (manager: EntityManager, removed: Removed, by: AgencyActor) => Promise<(() => void) | undefined>;

/** What else ends with the access of a person or key, such as shared links. Rooms above register it here. */
@Injectable()
export class Removals {
  readonly #consequences: Consequence[] = [];

  register(consequence: Consequence): void {
    this.#consequences.push(consequence);
  }

  /** Runs all consequences. Returns the function to call after the commit. */
  async run(manager: EntityManager, removed: Removed, by: AgencyActor): Promise<() => void> {
    const after: ((() => void) | undefined)[] = [];
    for (const consequence of this.#consequences) after.push(await consequence(manager, removed, by));
    return () => after.forEach((signal) => signal?.());
  }
}
