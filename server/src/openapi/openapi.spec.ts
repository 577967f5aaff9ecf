import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { unusedDefaults } from './default-descriptions.js';
import { EVENT_DEFINITIONS, TEST_EVENT_TYPE } from '../events/catalogue/catalogue.js';
import { bodyBoundsOf, inWords } from '../http/body-check.js';
import { ERRORS } from '../lib/app-error.js';
import { ALERT_KINDS } from '../webhooks/alerts/alert.entity.js';
import { openApiText } from './document.js';

type Operation = Record<string, unknown> & { responses: Record<string, { description: string; headers?: object }> };

type Paths = Record<string, object>;
interface Schema {
  $ref?: string;
  type?: string;
  maxItems?: number;
  items?: Schema;
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
}
interface Asked {
  parameters?: { name: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}
interface Media {
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

/** A JSON pointer segment in a URI fragment. */
const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

/** In addition to the recommended ones. */
const RULES = {
  'parameter-description': 'error',
  'operation-description': 'error',
  'tag-description': 'error',
  'no-invalid-schema-examples': 'error',
  'no-invalid-parameter-examples': 'error',
  'no-required-schema-properties-undefined': 'error',
} as const;

/** Accepted findings of the linter. */
const EXCEPTIONS: [rule: string, place: RegExp, reason: string][] = [
  ['operation-4xx-response', /^#\/paths\/~1health~1/, 'answers only 200 or 503'],
  ['no-ambiguous-paths', /^#\/paths\/~1api~1recruiter~1webhooks~1\{id\}~1/, 'an id is a UUID, so never by-key'],
];

describe('the description of the API', () => {
  let text: string;
  let document: OpenAPIObject;
  let operations: [name: string, operation: Operation][];

  beforeAll(async () => {
    text = await openApiText();
    document = JSON.parse(text) as OpenAPIObject;
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]): [string, Operation] => [
        `${method} ${path}`,
        operation as Operation,
      ]),
    );
  });

  it('is committed (npm run openapi writes it)', async () => {
    expect(await readFile(new URL('../../openapi.json', import.meta.url), 'utf8')).toBe(text);
  });

  it('is deterministic', async () => {
    expect(await openApiText()).toBe(text);
  });

  it('passes an OpenAPI 3.1 linter', async () => {
    const config = await createConfig({ extends: ['recommended-strict'], rules: RULES });
    const found = await lintFromString({ source: text, absoluteRef: '/openapi.json', config });
    const faults = found.map(({ ruleId, message, location }) => ({ ruleId, message, at: location[0]?.pointer ?? '' }));
    const isException = ({ ruleId, at }: { ruleId: string; at: string }, [rule, place]: (typeof EXCEPTIONS)[number]) =>
      rule === ruleId && place.test(at);
    expect(faults.filter((fault) => !EXCEPTIONS.some((exception) => isException(fault, exception)))).toEqual([]);
    for (const exception of EXCEPTIONS) expect(faults.some((fault) => isException(fault, exception))).toBe(true);
  });

  it('states the purpose of every route and the right or scope it requires', () => {
    const auth = '(login|logout|invite|forgot-password|reset-password|codes|codes/key|revoke-key)';
    const open = new RegExp(
      `^(get /(health|metrics)|post /api/shared/|post /api/auth/${auth}|(get|post) /api/cron|post /inbox/)`,
    );
    const isOpen = (name: string) => open.test(name);
    for (const [name, operation] of operations) {
      expect([name, typeof operation['summary']]).toEqual([name, 'string']);
      const access = operation['x-required-right'] ?? operation['x-required-scope'];
      expect([name, access === undefined]).toEqual([name, isOpen(name)]);
      expect([name, operation['x-required-role'] === undefined]).toEqual([
        name,
        operation['x-required-right'] === undefined,
      ]);
    }
    expect(operations.length).toBeGreaterThan(15);
  });

  it('uses only tags that it describes', () => {
    const explained = document.tags!.map(({ name }) => name);
    for (const [name, { tags }] of operations) {
      expect([name, (tags as string[]).filter((tag) => !explained.includes(tag))]).toEqual([name, []]);
    }
  });

  it('lists the error codes of every route that requires authentication', () => {
    for (const [name, operation] of operations) {
      const { responses } = operation;
      if (!('x-required-role' in operation || 'x-required-scope' in operation)) continue;
      expect([name, responses['401']?.description]).toEqual([name, expect.stringContaining('unauthenticated')]);
      expect([name, responses['403']?.description]).toEqual([name, expect.stringContaining('forbidden')]);
    }
  });

  it('lists cross_site_request for every route that changes something', () => {
    for (const [name, { responses }] of operations) {
      const documented = responses['403']?.description.includes('cross_site_request') ?? false;
      if (!name.startsWith('get ')) expect([name, documented]).toEqual([name, true]);
    }
  });

  it('lists 429 with Retry-After for exactly the rate-limited routes', () => {
    for (const [name, { responses }] of operations) {
      const unlimited = /^(get \/health|post \/inbox)/.test(name);
      const documented = responses['429']?.description.includes('too_many_requests') ?? false;
      expect([name, documented]).toEqual([name, !unlimited]);
      for (const answer of Object.values(responses)) {
        if (!/too_many_requests|intake_full|database_unavailable/.test(answer.description)) continue;
        expect([name, answer.headers]).toMatchObject([name, { 'Retry-After': {} }]);
      }
    }
  });

  it('limits the length of every list in a request', () => {
    const endless: string[] = [];
    const look = (schema: Schema, place: string): void => {
      if (schema.$ref) look(document.components!.schemas![schema.$ref.split('/').at(-1)!] as Schema, place);
      if (schema.type === 'array' && schema.maxItems === undefined) endless.push(place);
      if (schema.items) look(schema.items, `${place}[]`);
      for (const one of schema.oneOf ?? schema.allOf ?? []) look(one, place);
      for (const [name, one] of Object.entries(schema.properties ?? {})) look(one, `${place}.${name}`);
    };
    for (const [name, { parameters = [], requestBody }] of operations as [string, Asked][]) {
      for (const parameter of parameters) look(parameter.schema, `${name} ${parameter.name}`);
      if (requestBody) look(requestBody.content['application/json']!.schema, name);
    }
    expect(endless).toEqual([]);
  });

  it('states the body limits, small ones without authentication, and no array exceeds the global limit', () => {
    for (const [name, operation] of operations) {
      const { bytes, shape } = bodyBoundsOf(name.split(' ')[1]);
      const isOpen = !('x-required-role' in operation || 'x-required-scope' in operation);
      if (isOpen && shape !== null) expect([name, bytes]).toEqual([name, 16 * 1024]);
      expect(document.info.description).toContain(inWords(bytes));
    }
    const lengths = [...text.matchAll(/"maxItems": (\d+)/g)].map(([, length]) => Number(length));
    expect(Math.max(...lengths)).toBe(bodyBoundsOf().shape!.elements);
  });

  it('lists every error code', () => {
    const { ErrorCode } = document.components!.schemas! as Record<string, { enum: string[] }>;
    expect(ErrorCode!.enum).toEqual(Object.keys(ERRORS));
  });

  it('describes the message of every event', () => {
    const alerts = ALERT_KINDS.map((kind) => `webhook.${kind}`);
    const types = EVENT_DEFINITIONS.map(({ type }) => type);
    expect(Object.keys(document.webhooks!)).toEqual([...types, TEST_EVENT_TYPE, ...alerts]);
    for (const { type, dataClass, fields } of EVENT_DEFINITIONS) {
      const body = document.webhooks![type]!.post!.requestBody as { content: Record<string, { example: object }> };
      expect(Object.keys(body.content['application/json']!.example)).toEqual(['event', 'timestamp', 'data']);
      const schema = document.components!.schemas![dataClass.name] as { properties: object };
      expect(Object.keys(schema.properties)).toEqual(fields.map(({ name }) => name));
    }
  });

  it('closes request bodies, and requires one only if a field is required', () => {
    const { schemas = {} } = document.components!;
    const bodies = operations.flatMap(([name, { requestBody }]) => (requestBody ? [[name, requestBody] as const] : []));
    for (const [name, body] of bodies as (readonly [string, { required?: boolean; content: object }])[]) {
      const models = [...JSON.stringify(body.content).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
        ([, model]) => model!,
      );
      for (const model of models) {
        const { additionalProperties } = schemas[model] as { additionalProperties?: unknown };
        expect([name, model, additionalProperties]).toEqual([name, model, false]);
      }
      const needed = models.some((model) => (schemas[model] as { required?: string[] }).required?.length);
      expect([name, body.required]).toEqual([name, needed]);
    }
    expect(bodies.length).toBeGreaterThan(12);
  });

  it('lists the errors of every operation that reads a body', () => {
    for (const [name, { responses }] of operations.filter(([name]) => !/^get /.test(name))) {
      expect([name, responses['400']?.description]).toEqual([name, expect.stringContaining('`invalid_json`')]);
      expect([name, '413' in responses, '415' in responses, '500' in responses]).toEqual([name, true, true, true]);
    }
  });

  it('describes every property, and has no unused default description', () => {
    const mute: string[] = [];
    for (const [name, schema] of Object.entries(document.components!.schemas!)) {
      const { properties = {} } = schema as { properties?: Record<string, { description?: string }> };
      for (const [property, { description }] of Object.entries(properties))
        if (!description) mute.push(`${name}.${property}`);
    }
    expect(mute).toEqual([]);
    const said = JSON.stringify(document.components!.schemas);
    expect(unusedDefaults(said)).toEqual([]);
  });

  it('has valid examples of every body', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema(document, 'api');
    let shown = 0;
    const places: [string, Paths][] = [
      ['paths', document.paths],
      ['webhooks', document.webhooks!],
    ];
    for (const [section, paths] of places)
      for (const [path, item] of Object.entries(paths))
        for (const [method, operation] of Object.entries(item)) {
          const body = (operation as { requestBody?: { content: Record<string, Media> } }).requestBody;
          for (const [type, { example, examples = {} }] of Object.entries(body?.content ?? {})) {
            const values = [
              ...(example === undefined ? [] : [example]),
              ...Object.values(examples).map((one) => one.value),
            ];
            expect([`${method} ${path}`, values.length > 0]).toEqual([`${method} ${path}`, true]);
            const pointer = [section, path, method, 'requestBody', 'content', type, 'schema'].map(escaped).join('/');
            const validate = ajv.compile({ $ref: `api#/${pointer}` });
            for (const value of values)
              expect([`${method} ${path}`, validate(value), validate.errors]).toEqual([
                `${method} ${path}`,
                true,
                null,
              ]);
            shown++;
          }
        }
    expect(shown).toBeGreaterThan(25);
  });

  it('has no dangling references', () => {
    const { schemas = {}, headers = {} } = document.components!;
    const known = new Set([
      ...Object.keys(schemas).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(headers).map((name) => `#/components/headers/${name}`),
    ]);
    const wanted = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map((match) => match[1]!);
    expect(wanted.filter((reference) => !known.has(reference))).toEqual([]);
    const schemes = Object.keys(document.components!.securitySchemes!);
    const used = operations
      .flatMap(([, { security }]) => (security as object[] | undefined) ?? [])
      .flatMap(Object.keys);
    expect([...new Set(used)].filter((scheme) => !schemes.includes(scheme))).toEqual([]);
  });
});
