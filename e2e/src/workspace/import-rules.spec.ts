import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { importViolations, sourceFiles } from '../../../scripts/import-rules.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('the import rules', () => {
  it('hold in the whole workspace', () => {
    const files = sourceFiles(root);
    expect(files.length).toBeGreaterThan(200);
    expect(importViolations(files)).toEqual([]);
  });

  it.each([
    ['server/src/events/x.ts', `import { W } from '../webhooks/webhook.entity.js';`, 'events may not know webhooks'],
    ['server/src/common/x.ts', `import { ENV } from '../config/env.js';`, 'common may not know config'],
    ['server/src/webhooks/engine/x.ts', `import { S } from '../webhooks.service.js';`, 'engine/ knows no controller'],
    ['server/src/webhooks/x.ts', `import { request } from 'undici';`, 'only outbound/ may'],
    ['server/src/webhooks/x.ts', `await fetch(url);`, 'calls fetch'],
    ['server/src/auth/x.ts', `process.env['X']`, 'only config/env.ts may'],
    ['server/src/auth/x.ts', `const { env } = process;`, 'another way'],
    ['server/src/auth/x.ts', `import { env } from 'node:process';`, 'another way'],
    ['server/src/audit/x.ts', `import http from 'node:http';`, 'imports an HTTP client'],
    ['server/src/webhooks/deliveries/x.ts', `select 1 for update skip locked`, 'SKIP LOCKED'],
    ['server/src/webhooks/engine/retry-policy.ts', `Date.now()`, 'reads the clock'],
    [
      'server/src/webhooks/webhook.entity.ts',
      `import { S } from '../database/service-database.js';`,
      'entities import only entities',
    ],
    ['server/src/misc/x.ts', ``, 'does not know: misc'],
    ['server/src/auth/index.ts', ``, 'is a barrel'],
    ['admin/src/features/guide/x.tsx', `import { a } from '../webhooks/a.js';`, 'features do not know each other'],
    ['admin/src/features/guide/x.tsx', `import { Button } from '@mantine/core';`, 'only admin/src/ui may'],
    ['sdk/src/x.ts', `import { a } from '../../server/src/a.js';`, 'from outside sdk'],
    ['e2e/src/x.ts', `import { a } from '../../server/src/a.js';`, 'from outside e2e'],
  ])('find a seeded violation in %s: %s', (path, text, sentence) => {
    expect(importViolations([{ path, text }])).toEqual([expect.stringContaining(sentence)]);
  });
});
