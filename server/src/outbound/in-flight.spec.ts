import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { InFlight, type Timed } from './exchange.js';

describe('InFlight', () => {
  it('checks each request once per tick until it ends, also if others are removed during the tick', () => {
    const lastTicks = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 30 });
    fc.assert(
      fc.property(lastTicks, (ends) => {
        const inFlight = new InFlight();
        const asked = ends.map(() => 0);
        ends.forEach((end, index) => {
          const member: Timed = {
            index: 0,
            checkTime: (tick) => {
              asked[index]! += 1;
              if (tick === end) inFlight.remove(member);
            },
          };
          inFlight.add(member);
        });
        for (let tick = 1; tick <= 3; tick += 1) inFlight.checkTime(tick);
        expect(asked).toEqual(ends.map((end) => Math.min(end, 3)));
        expect(inFlight.size).toBe(ends.filter((end) => end === 4).length);
      }),
    );
  });
});
