import { randomUUID } from 'node:crypto';
import type { Actor } from '../src/auth/actor.js';

/** An internal service, of no agency and without scopes. */
export const SERVICE_ACTOR: Actor = {
  kind: 'service',
  id: randomUUID(),
  name: 'Test',
  agencyId: null,
  role: null,
  scopes: [],
  agencyIds: null,
};
