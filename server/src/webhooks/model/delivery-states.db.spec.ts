import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { testAppPerFile } from '../../../test/app.js';
import { DELIVERY_STATES } from './delivery.entity.js';
import { isPending, NEXT_STATES } from '../../../test/delivery-states.js';

const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

const test = testAppPerFile({ ROLE: 'api' });

/** Rows of the table under "States of a delivery": the cells without their backquotes. */
function statesPage(): string[][] {
  const section = /## States of a delivery\n([\s\S]*?)\n## /.exec(read('docs/delivery.md'))![1]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

describe('the states of a delivery', () => {
  it('are those of the states page, with the same transitions', () => {
    const page = statesPage().map(([state, means, next]) => ({
      state,
      pending: means!.startsWith('pending'),
      next: next === '–' ? [] : next!.split(', '),
    }));
    expect(page).toEqual(
      DELIVERY_STATES.map((state) => ({ state, pending: isPending(state), next: [...NEXT_STATES[state]] })),
    );
  });

  it('are the only ones the database accepts', async () => {
    const [row] = await test.sql<{ definition: string }>(
      `select pg_get_constraintdef(oid) as definition from pg_constraint
       where conrelid = 'webhook_deliveries'::regclass and contype = 'c'
         and pg_get_constraintdef(oid) like '%(state %'`,
    );
    expect([...row!.definition.matchAll(/'(\w+)'/g)].map(([, state]) => state)).toEqual([...DELIVERY_STATES]);
  });

  it('are the only ones of the API description', () => {
    const document = JSON.parse(read('server/openapi.json')) as {
      components: { schemas: { DeliveryStatus: { enum: string[] } } };
    };
    expect(document.components.schemas.DeliveryStatus.enum).toEqual([...DELIVERY_STATES]);
  });
});
