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

/** Those of classes: the names of their rules, as field-errors.ts turns them into codes. Other specs of this process have classes too. */
function codesOfRules(): string[] {
  const storage = getMetadataStorage() as unknown as {
    validationMetadatas: Map<unknown, { type: string; name?: string }[]>;
  };
  // What is wrong with the data of an event is `invalid`, whatever the rule.
  const events = new Set<unknown>(EVENT_DEFINITIONS.map(({ dataClass }) => dataClass));
  const ours = new Set(sources().flatMap((text) => [...text.matchAll(/\bclass (\w+)/g)].map(([, name]) => name)));
  const isCounted = (owner: unknown) => !events.has(owner) && ours.has((owner as { name: string }).name);
  const all = [...storage.validationMetadatas].flatMap(([owner, rules]) => (isCounted(owner) ? rules : []));
  // Says whether to look at all, which nobody can break.
  const rules = all.filter(({ type }) => type !== 'conditionalValidation');
  return rules.map(({ name, type }) => fieldCode(name ?? type));
}

/** Those that the code names itself. */
function codesInCode(): string[] {
  const texts = sources();
  const named =
    /fieldError\(\s*(?:'[^']*'|\w+),\s*'([a-z_]+)'|code: '([a-z_]+)',\s*message|\badd\('[^']*', '([a-z_]+)'|\.refusal\('([a-z_]+)'/g;
  const addresses = readFileSync(join(SOURCES, 'webhooks/settings/address-problems.ts'), 'utf8');
  const sentences = [...addresses.matchAll(/^ {2}([a-z_]+):/gm)].map(([, code]) => code!);
  return [
    ...sentences,
    ...texts.flatMap((text) => [...text.matchAll(named)].map(([, a, b, c, d]) => (a ?? b ?? c ?? d)!)),
  ];
}

describe('the codes of fields', () => {
  it('are all explained in docs/errors.md, which explains no other', () => {
    const [, table = ''] = DOCS.split('## Codes of fields');
    const documented = [...table.matchAll(/^\| ((?:`[a-z_0-9]+`(?:, )?)+)/gm)]
      .flatMap(([, cell]) => cell!.split(', '))
      .map((code) => code.replaceAll('`', '').trim());
    const used = [...new Set([...codesOfRules(), ...codesInCode(), fieldCode('whitelistValidation')])];
    expect(documented.toSorted()).toEqual(used.toSorted());
    expect(used.length).toBeGreaterThan(40);
  });
});
