import { hashPassword } from '../src/auth/sessions/password.js';
import type { Role } from '../src/auth/role.js';
import { Sessions } from '../src/auth/sessions/sessions.service.js';
import { uuidv7 } from '../src/lib/ids.js';
import { ServiceDatabase } from '../src/database/service-database.js';
import type { ApiApp } from './api-app.js';

/** A signed-in person of an agency. */
export interface Person {
  id: string;
  email: string;
  /** For the header `cookie`. */
  cookie: string;
}

const PASSWORD = 'a long enough password';
let passwordHash: Promise<string> | undefined;

/** Adds a person with a password and a session, which is faster than signing in. */
export async function addPerson(api: ApiApp, agencyId: string, role: Role): Promise<Person> {
  const id = uuidv7();
  const email = `${role}-${id}@agency.example`;
  const hash = await (passwordHash ??= hashPassword(PASSWORD));
  await api.sql('insert into users (id, agency_id, email, name, role, password_hash) values ($1, $2, $3, $4, $5, $6)', [
    id,
    agencyId,
    email,
    `${role} person`,
    role,
    hash,
  ]);
  const token = await api.app
    .get(ServiceDatabase)
    .transaction((manager) => api.app.get(Sessions).start(manager, { id, agencyId }));
  return { id, email, cookie: `bpoc_session=${token}` };
}
