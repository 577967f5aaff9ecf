import { expect, it } from '@jest/globals';
import { traceparentOf } from './publishable-event.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const VALID = `00-${TRACE}-${PARENT}-01`;

it('takes a valid traceparent, of a later version as far as it is known', () => {
  expect(traceparentOf(VALID)).toBe(VALID);
  expect(traceparentOf(`cc-${TRACE}-${PARENT}-03`)).toBe(`00-${TRACE}-${PARENT}-03`);
  expect(traceparentOf(`cc-${TRACE}-${PARENT}-01-what-comes.next`)).toBe(VALID);
});

it.each([
  undefined,
  null,
  '',
  7,
  [VALID],
  VALID.toUpperCase(),
  ` ${VALID}`,
  `${VALID} `,
  `${VALID}\n`,
  `${VALID}-more`,
  `${VALID}0`,
  `ff-${TRACE}-${PARENT}-01`,
  `cc-${TRACE}-${PARENT}-01.more`,
  `00-${'0'.repeat(32)}-${PARENT}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${PARENT}-1`,
  `00-${TRACE.slice(1)}-${PARENT}-01`,
  `00-${TRACE}-${PARENT}`,
  `${VALID},${VALID}`,
])('ignores %j', (text) => {
  expect(traceparentOf(text)).toBeNull();
});
