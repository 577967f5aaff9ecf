import { describe, expect, it } from '@jest/globals';
import { isUuid, uuidFloor, uuidTime, uuidv7 } from './ids.js';

const MS = Date.UTC(2026, 0, 22, 10, 30);

describe('uuidv7', () => {
  it('encodes its time, version 7 and the variant of RFC 9562', () => {
    const id = uuidv7(MS);
    expect(isUuid(id)).toBe(true);
    expect(uuidTime(id)).toBe(MS);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('is monotonic within a millisecond: 2,000 ids sort in the order they were made', () => {
    const ids = Array.from({ length: 2_000 }, () => uuidv7(MS));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('lies between the floor of its millisecond and that of the next', () => {
    for (let round = 0; round < 100; round++) {
      const id = uuidv7(MS + round);
      expect(id > uuidFloor(MS + round)).toBe(true);
      expect(id < uuidFloor(MS + round + 1)).toBe(true);
    }
  });
});
