import * as fc from 'fast-check';
import { type Operation, type Parameter, resolve, type Schema } from './api-document.js';
import { asJson, type FuzzBody, hostileBodies } from './hostile.js';
import { nasty, valid } from './values.js';
import { CALLERS } from './world.js';

/** A request with placeholders (`@webhooks`) for the ids of the test's world. */
export interface FuzzRequest {
  caller: string;
  path: Record<string, string>;
  query: [string, string][];
  headers: Record<string, string>;
  body: FuzzBody | null;
}

const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });

export function requestsOf(operation: Operation): fc.Arbitrary<FuzzRequest> {
  const of = (location: Parameter['in']) => operation.parameters.filter((parameter) => parameter.in === location);
  const path = of('path').map(({ name }): [string, fc.Arbitrary<string>] => [name, pathValue(operation, name)]);
  return fc.record({
    caller: fc.oneof(weighted(3, fc.constant(strongest(operation))), weighted(2, fc.constantFrom(...CALLERS))),
    path: fc.record(Object.fromEntries(path)),
    query: queryOf(of('query')),
    headers: headersOf(of('header')),
    body: bodyOf(operation.body),
  });
}

export function strongest({ path, role, scope }: Operation): string {
  if (scope !== null) return `service ${scope}`;
  if (path.startsWith('/api/cron/')) return 'cron';
  return role === null ? 'anonymous' : 'owner';
}

function pathValue({ path }: Operation, name: string): fc.Arbitrary<string> {
  const own = fc.constant(
    path.endsWith('/cancel') ? '@pending' : name === 'id' ? `@${path.split('/')[3]}` : `@${name}`,
  );
  const unknown = fc.constantFrom(
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    '@foreign',
    'x',
    '1',
    '%00',
    '%F0%9F%92%A3',
    '%zz',
    '%2e%2e%2f',
    '%20',
    'a'.repeat(3000),
    '{id}',
    '__proto__',
    "'%20or%201=1",
  );
  return fc.oneof(weighted(4, own), weighted(1, unknown));
}

function queryOf(parameters: Parameter[]): fc.Arbitrary<[string, string][]> {
  if (parameters.length === 0) return fc.constantFrom<[string, string][]>([], [], [], [], [['x', '1']]);
  const one = (parameter: Parameter) => given(parameter.name, valid(parameter.schema, parameter.name));
  const needed = fc.tuple(...parameters.filter(({ required }) => required).map(one));
  const right = fc.constantFrom(...parameters).chain(one);
  const wrong = fc
    .constantFrom(...parameters.map(({ name }) => name), 'x', '__proto__')
    .chain((name) => given(name, nasty));
  const together = (some: fc.Arbitrary<[string, string]>, minLength: number, maxLength: number) =>
    fc.tuple(needed, fc.array(some, { minLength, maxLength })).map(([first, more]) => [...first, ...more]);
  return fc.oneof(
    weighted(1, fc.constant<[string, string][]>([])),
    weighted(
      3,
      together(right, 0, 2).map((pairs) => [...new Map(pairs)]),
    ),
    weighted(1, together(wrong, 1, 2)),
    weighted(1, fc.array(wrong, { minLength: 1, maxLength: 3 })),
  );
}

const given = (name: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<[string, string]> =>
  values.map((value) => [name, asText(value)]);

/** Cut, because Node limits the size of a request's head. */
function asText(value: unknown): string {
  return (typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : JSON.stringify(value)).slice(
    0,
    2000,
  );
}

/** Text that an HTTP header can carry. */
const headerText = fc.oneof(
  fc.constantFrom(
    '',
    '*',
    '"',
    '""',
    'W/"1"',
    '"1"',
    '"1", W/"2"',
    '1',
    '"\u00e9"',
    ','.repeat(500),
    'x'.repeat(129),
    '-1',
  ),
  fc.string({
    maxLength: 40,
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((c) => c !== 0x7f)
      .map((c) => String.fromCharCode(c)),
  }),
);

function headersOf(parameters: Parameter[]): fc.Arbitrary<Record<string, string>> {
  const own = parameters.map(({ name }) => name.toLowerCase());
  const names = fc.constantFrom(
    ...own,
    ...own,
    ...own,
    'if-match',
    'idempotency-key',
    'x-request-id',
    'accept',
    'origin',
    'cookie',
    'x-forwarded-for',
    'if-none-match',
    'range',
  );
  return fc.oneof(
    weighted(4, fc.constant({})),
    weighted(own.length > 0 ? 3 : 1, fc.dictionary(names, headerText, { minKeys: 1, maxKeys: 2 })),
  );
}

const JSON_TYPE = 'application/json';

function bodyOf(schema: Schema | null): fc.Arbitrary<FuzzRequest['body']> {
  const junk = fc.oneof(brokenJson, otherTypes);
  if (schema === null) return fc.oneof(weighted(7, fc.constant(null)), weighted(1, junk), weighted(1, hostileBodies));
  const right = valid(schema);
  return fc.oneof(
    weighted(4, right.map(asJson)),
    weighted(5, right.chain((body) => broken(schema, body)).map(asJson)),
    weighted(1, fc.oneof(junk, fc.constant(null))),
    weighted(1, hostileBodies),
  );
}

/** Breaks a valid body in one place. */
function broken(schema: Schema, body: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(body) && body.length > 0)
    return broken(schema, body[0]).map((one) => [...(body as unknown[]).slice(1), one]);
  if (typeof body !== 'object' || body === null) return nasty;
  const names = [...new Set([...Object.keys(body), ...Object.keys(resolve(schema).properties ?? {})])];
  const replaced = fc.tuple(fc.constantFrom(...names, 'x'), nasty).map(([name, value]) => ({ ...body, [name]: value }));
  const deeper = fc
    .tuple(fc.constantFrom(...names, 'x'), fc.string({ maxLength: 5 }), nasty)
    .map(([name, inner, value]) => {
      const old = (body as Record<string, unknown>)[name];
      if (Array.isArray(old)) return { ...body, [name]: [...(old as unknown[]), value] };
      return {
        ...body,
        [name]: typeof old === 'object' && old !== null ? { ...old, [inner]: value } : { [inner]: value },
      };
    });
  const less = fc
    .constantFrom(...names, 'x')
    .map((name) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== name)));
  const more = fc.tuple(fc.string({ maxLength: 10 }), nasty).map(([name, value]) => ({ ...body, [name]: value }));
  return fc.oneof(weighted(4, replaced), weighted(2, deeper), weighted(1, less), weighted(1, more), weighted(1, nasty));
}

const brokenJson: fc.Arbitrary<FuzzRequest['body']> = fc
  .constantFrom(
    '',
    ' ',
    '{',
    '[',
    '"',
    'null',
    '{"a":1}}',
    '{"a":NaN}',
    "{'a':1}",
    '\u0000',
    '{"__proto__":{"role":"owner"}}',
    '{"constructor":{"prototype":{"role":"owner"}}}',
    '['.repeat(5000),
    '{"a":'.repeat(5000),
    '\uFEFF{}',
    '1e999',
    '{"events":["*"],"events":1}',
  )
  .map((text) => ({ type: JSON_TYPE, text }));

const otherTypes: fc.Arbitrary<FuzzRequest['body']> = fc.record({
  type: fc.constantFrom<string | null>(
    null,
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json; charset=utf-16',
    'application/json;',
    'application/jsonx',
    '/',
    'é',
    'application/xml',
  ),
  text: fc.constantFrom('', '{}', 'a=1', '<a/>'),
});
