import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { apiPerFile } from '../../test/api-app.js';
import { apiRoutes, ask, type Route } from '../../test/api-routes.js';
import { addPerson } from '../../test/person.js';
import { ServiceDatabase } from '../database/service-database.js';
import { ApiKeys } from './keys/api-keys.service.js';
import { hasRole, ROLES, type Role, SERVICE_SCOPES } from './role.js';

/* Every route × every kind of caller, against what the OpenAPI document declares. */

const api = apiPerFile({ ROLE: 'api' });
let origin: string;
let routes: Route[];
const people = {} as Record<Role, Record<string, string>>;
const keys = {} as Record<Role, Record<string, string>>;
const services: Record<string, Record<string, string>> = {};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

beforeAll(async () => {
  origin = await api.app.getUrl();
  routes = apiRoutes(api.app);
  const { id: agencyId } = await api.addAgency();
  const about = { name: 'x', createdBy: 'test' };
  await api.app.get(ServiceDatabase).transaction(async (manager) => {
    const issuer = api.app.get(ApiKeys);
    for (const role of ROLES) {
      keys[role] = bearer((await issuer.issueKey(manager, { ...about, agencyId, role })).token);
    }
    for (const scope of SERVICE_SCOPES) {
      const { token } = await issuer.issueServiceToken(manager, { ...about, scopes: [scope], agencyIds: null });
      services[scope] = bearer(token);
    }
  });
  for (const role of ROLES) people[role] = { cookie: (await addPerson(api, agencyId, role)).cookie };
});

/** With random ids, so that allowed requests change nothing. */
const call = async (route: Route, headers: Record<string, string>) => {
  const path = route.path.replaceAll(/\{\w+\}/g, () => randomUUID());
  const { status, text } = await ask(origin, { ...route, path }, headers);
  const code = status >= 400 ? (JSON.parse(text) as { code: string }).code : null;
  return { status, code };
};
const nameOf = ({ method, path }: Route) => `${method} ${path}`;
/** What people and keys were answered on routes with a role: one test asks, another judges again. */
const answers = new Map<string, ReturnType<typeof call>>();
const codeOf = (route: Route, headers: Record<string, string>) => {
  const key = `${nameOf(route)} ${JSON.stringify(headers)}`;
  const answer = answers.get(key) ?? call(route, headers);
  answers.set(key, answer);
  return answer;
};
const PEOPLE_ONLY = new Set(['POST /api/auth/password', 'PATCH /api/me']);
const ofRole = () => routes.filter(({ right }) => right !== null);

describe('every route that declares a role', () => {
  it('admits people of that role or a stronger one only', async () => {
    expect(ofRole().length).toBeGreaterThan(25);
    for (const route of ofRole()) {
      for (const role of ROLES) {
        const { status, code } = await codeOf(route, people[role]);
        const allowed = hasRole(role, route.role!);
        expect([nameOf(route), role, code === 'forbidden']).toEqual([nameOf(route), role, !allowed]);
        expect([nameOf(route), role, status === 401 || status >= 500]).toEqual([nameOf(route), role, false]);
      }
    }
  });

  it('admits keys in the same way, but for what people alone have', async () => {
    for (const route of ofRole()) {
      for (const role of ROLES) {
        const { code } = await codeOf(route, keys[role]);
        const allowed = hasRole(role, route.role!) && !PEOPLE_ONLY.has(nameOf(route));
        expect([nameOf(route), role, code === 'forbidden']).toEqual([nameOf(route), role, !allowed]);
      }
    }
  });

  it('admits no service and no unauthenticated caller', async () => {
    for (const route of ofRole()) {
      for (const headers of Object.values(services)) {
        expect([nameOf(route), await call(route, headers)]).toEqual([
          nameOf(route),
          { status: 403, code: 'forbidden' },
        ]);
      }
      const unauthenticated = { status: 401, code: 'unauthenticated' };
      expect([nameOf(route), await call(route, {})]).toEqual([nameOf(route), unauthenticated]);
    }
  });
});

describe('the rights in GET /api/me', () => {
  const rightsOf = async (headers: Record<string, string>) => {
    const { text } = await ask(origin, { method: 'GET', path: '/api/me', body: null }, headers);
    return (JSON.parse(text) as { rights: string[] }).rights;
  };

  it('are exactly those that routes require', async () => {
    const required = new Set(ofRole().map(({ right }) => right));
    expect([...required].sort()).toEqual((await rightsOf(people.owner)).toSorted());
  });

  it('admit people and keys to exactly the routes that require them', async () => {
    for (const headers of [...Object.values(people), ...Object.values(keys)]) {
      const rights = await rightsOf(headers);
      for (const route of ofRole()) {
        const { code } = await codeOf(route, headers);
        expect([nameOf(route), rights, code === 'forbidden']).toEqual([
          nameOf(route),
          rights,
          !rights.includes(route.right!),
        ]);
      }
    }
  });
});

describe('every route that declares a scope', () => {
  const ofScope = () => routes.filter(({ scope }) => scope !== null);

  it('admits services with that scope only', async () => {
    expect(ofScope().length).toBeGreaterThan(1);
    for (const route of ofScope()) {
      expect(SERVICE_SCOPES).toContain(route.scope);
      for (const [scope, headers] of Object.entries(services)) {
        const { code } = await call(route, headers);
        expect([nameOf(route), scope, code === 'forbidden']).toEqual([nameOf(route), scope, scope !== route.scope]);
      }
    }
  });

  it('admits neither people nor keys of an agency', async () => {
    for (const route of ofScope()) {
      for (const headers of [people.owner, keys.owner]) {
        expect([nameOf(route), await call(route, headers)]).toEqual([
          nameOf(route),
          { status: 403, code: 'forbidden' },
        ]);
      }
    }
  });
});
