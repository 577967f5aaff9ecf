import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage } from 'class-validator';
import '../app.module.js';
import { EVENT_DEFINITIONS } from '../events/catalogue/catalogue.js';
import { fieldCode } from './field-errors.js';

const SOURCES = fileURLToPath(new URL('..', import.meta.url));
const DOCS = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

function sources(): string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => readFileSync(join(SOURCES, file), 'utf8'));
}

/**
 * Codes of the validation rules of DTO classes, as field-errors.ts derives them. Only classes of the sources: other
 * specs in this process declare some too.
 */
function codesOfRules(): string[] {
  const storage = getMetadataStorage() as unknown as {
    validationMetadatas: Map<unknown, { type: string; name?: string }[]>;
  };
  // Errors in the data of an event are always `invalid`.
  const events = new Set<unknown>(EVENT_DEFINITIONS.map(({ dataClass }) => dataClass));
  const ours = new Set(sources().flatMap((text) => [...text.matchAll(/\bclass (\w+)/g)].map(([, name]) => name)));
  const isCounted = (owner: unknown) => !events.has(owner) && ours.has((owner as { name: string }).name);
  const all = [...storage.validationMetadatas].flatMap(([owner, rules]) => (isCounted(owner) ? rules : []));
  // Decides whether the others apply; it cannot fail itself.
  const rules = all.filter(({ type }) => type !== 'conditionalValidation');
  return rules.map(({ name, type }) => fieldCode(name ?? type));
}

/** Codes that appear literally in the sources. */
function codesInCode(): string[] {
  const texts = sources();
  const calls = [
    String.raw`fieldError\(\s*(?:'[^']*'|\w+),\s*'([a-z_]+)'`,
    String.raw`code: '([a-z_]+)',\s*message`,
    String.raw`\badd\('[^']*', '([a-z_]+)'`,
    String.raw`\.refusal\('([a-z_]+)'`,
    String.raw`\bproblem\('[^']*', '([a-z_]+)'`,
  ];
  const named = new RegExp(calls.join('|'), 'g');
  const addresses = readFileSync(join(SOURCES, 'webhooks/settings/address-problems.ts'), 'utf8');
  const sentences = [...addresses.matchAll(/^ {2}([a-z_]+):/gm)].map(([, code]) => code!);
  return [
    ...sentences,
    ...texts.flatMap((text) => [...text.matchAll(named)].map(([, a, b, c, d, e]) => (a ?? b ?? c ?? d ?? e)!)),
  ];
}

describe('field codes', () => {
  it('match those listed in docs/errors.md', () => {
    const [, table = ''] = DOCS.split('## Codes of fields');
    const documented = [...table.matchAll(/^\| ((?:`[a-z_0-9]+`(?:, )?)+)/gm)]
      .flatMap(([, cell]) => cell!.split(', '))
      .map((code) => code.replaceAll('`', '').trim());
    const used = [...new Set([...codesOfRules(), ...codesInCode(), fieldCode('whitelistValidation')])];
    expect(documented.toSorted()).toEqual(used.toSorted());
    expect(used.length).toBeGreaterThan(40);
  });
});
