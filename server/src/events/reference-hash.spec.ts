import { expect, it } from '@jest/globals';
import { uuidv7 } from '../lib/ids.js';
import { EVENT_DEFINITIONS } from './catalogue/catalogue.js';
import { REFERENCE_COLUMN, referenceHash } from './publishable-event.js';

it('no event type has two references in one column', () => {
  for (const { type, fields } of EVENT_DEFINITIONS) {
    const columns = fields.flatMap(({ reference }) => (reference ? [REFERENCE_COLUMN[reference]] : []));
    expect([type, new Set(columns).size]).toEqual([type, columns.length]);
  }
});

it('hashes are 64 bits wide, and differ by agency, kind and value', () => {
  const agencies = [uuidv7(), uuidv7()];
  const hashes = agencies.flatMap((agency) =>
    ['candidate', 'job'].flatMap((kind) =>
      Array.from({ length: 5_000 }, (_, n) => referenceHash(agency, kind, `${n}`)),
    ),
  );
  expect(new Set(hashes).size).toBe(20_000);
  expect(new Set(hashes.map((hash) => hash >> 32n)).size).toBeGreaterThan(19_900);
  expect(new Set(hashes.map((hash) => hash & 0xffff_ffffn)).size).toBeGreaterThan(19_900);
});
