import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { InFlight, type Timed } from './in-flight.js';

describe('the requests under way', () => {
  it('are each asked once at a tick, also when some end and leave during it', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (ends) => {
        const inFlight = new InFlight();
        const asked = new Map<Timed, number>();
        const members = ends.map((end) => {
          const member: Timed = {
            place: 0,
            checkTime: () => {
              asked.set(member, (asked.get(member) ?? 0) + 1);
              if (end) inFlight.remove(member);
            },
          };
          inFlight.add(member);
          return member;
        });
        inFlight.checkTime(0);
        expect(members.map((member) => asked.get(member))).toEqual(ends.map(() => 1));
        expect(inFlight.size).toBe(ends.filter((end) => !end).length);
      }),
    );
  });
});
