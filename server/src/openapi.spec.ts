import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { EVENT_DEFINITIONS } from './events/catalogue/catalogue.js';
import { ERRORS } from './http/error-status.js';
import { openApiText } from './openapi-document.js';

type Operation = Record<string, unknown> & { responses: Record<string, { description: string; headers?: object }> };

/** Beyond the recommended ones. */
const RULES = {
  'parameter-description': 'error',
  'operation-description': 'error',
  'tag-description': 'error',
  'no-invalid-schema-examples': 'error',
  'no-invalid-parameter-examples': 'error',
  'no-required-schema-properties-undefined': 'error',
} as const;

/** What the linter says and we leave, with the reason. */
const EXCEPTIONS: [rule: string, place: RegExp, reason: string][] = [
  ['operation-4xx-response', /^#\/paths\/~1health~1/, 'answers 200 or 503 whoever asks and whatever comes along'],
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

  it('is committed as it is in the code (npm run openapi writes it)', async () => {
    expect(await readFile(new URL('../openapi.json', import.meta.url), 'utf8')).toBe(text);
  });

  it('comes out the same every time', async () => {
    expect(await openApiText()).toBe(text);
  });

  it('has nothing that a linter of OpenAPI 3.1 would mend', async () => {
    const config = await createConfig({ extends: ['recommended-strict'], rules: RULES });
    const found = await lintFromString({ source: text, absoluteRef: '/openapi.json', config });
    const faults = found.map(({ ruleId, message, location }) => ({ ruleId, message, at: location[0]?.pointer ?? '' }));
    const isException = ({ ruleId, at }: { ruleId: string; at: string }, [rule, place]: (typeof EXCEPTIONS)[number]) =>
      rule === ruleId && place.test(at);
    expect(faults.filter((fault) => !EXCEPTIONS.some((exception) => isException(fault, exception)))).toEqual([]);
    for (const exception of EXCEPTIONS) expect(faults.some((fault) => isException(fault, exception))).toBe(true);
  });

  it('says of every route what it is for and which right or scope it asks for', () => {
    const isOpen = (name: string) =>
      /^(get \/health|get \/metrics|post \/api\/auth\/(login|logout|invite)|(get|post) \/api\/cron|post \/inbox\/)/.test(
        name,
      );
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

  it('puts every route under a heading that it explains', () => {
    const explained = document.tags!.map(({ name }) => name);
    for (const [name, { tags }] of operations) {
      expect([name, (tags as string[]).filter((tag) => !explained.includes(tag))]).toEqual([name, []]);
    }
  });

  it('lists the error codes of every route that needs a sign-in', () => {
    for (const [name, operation] of operations) {
      const { responses } = operation;
      if (!('x-required-role' in operation || 'x-required-scope' in operation)) continue;
      expect([name, responses['401']?.description]).toEqual([name, expect.stringContaining('unauthenticated')]);
      expect([name, responses['403']?.description]).toEqual([name, expect.stringContaining('forbidden')]);
    }
  });

  it('says of every route that changes something that no other site may ask for it', () => {
    for (const [name, { responses }] of operations) {
      const documented = responses['403']?.description.includes('cross_site_request') ?? false;
      if (!name.startsWith('get ')) expect([name, documented]).toEqual([name, true]);
    }
  });

  it('says of every route that is limited how long to wait, and of no other', () => {
    for (const [name, { responses }] of operations) {
      const unlimited = /^(get \/health|get \/metrics|post \/inbox)/.test(name);
      const documented = responses['429']?.description.includes('too_many_requests') ?? false;
      expect([name, documented]).toEqual([name, !unlimited]);
      for (const answer of Object.values(responses)) {
        if (!/too_many_requests|intake_full|database_unavailable/.test(answer.description)) continue;
        expect([name, answer.headers]).toMatchObject([name, { 'Retry-After': {} }]);
      }
    }
  });

  it('knows every error code', () => {
    const { ErrorCode } = document.components!.schemas! as Record<string, { enum: string[] }>;
    expect(ErrorCode!.enum).toEqual(Object.keys(ERRORS));
  });

  it('shows the message of every event to receivers', () => {
    expect(Object.keys(document.webhooks!)).toEqual(EVENT_DEFINITIONS.map(({ type }) => type));
    for (const { type, dataClass, fields } of EVENT_DEFINITIONS) {
      const body = document.webhooks![type]!.post!.requestBody as { content: Record<string, { example: object }> };
      expect(Object.keys(body.content['application/json']!.example)).toEqual(['event', 'timestamp', 'data']);
      const schema = document.components!.schemas![dataClass.name] as { properties: object };
      expect(Object.keys(schema.properties)).toEqual(fields.map(({ name }) => name));
    }
  });

  it('refers to nothing that is not there', () => {
    const known = new Set(Object.keys(document.components!.schemas!).map((name) => `#/components/schemas/${name}`));
    const wanted = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map((match) => match[1]!);
    expect(wanted.filter((reference) => !known.has(reference))).toEqual([]);
    const schemes = Object.keys(document.components!.securitySchemes!);
    const used = operations
      .flatMap(([, { security }]) => (security as object[] | undefined) ?? [])
      .flatMap(Object.keys);
    expect([...new Set(used)].filter((scheme) => !schemes.includes(scheme))).toEqual([]);
  });
});
