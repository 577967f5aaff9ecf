// Stands in for `@jest/globals`: live bindings, replaced for each file.
export let expect, jest;
export let it, test, fit, xit, xtest, describe, fdescribe, xdescribe;
export let beforeAll, beforeEach, afterAll, afterEach;

globalThis.__setJestGlobals = (globals) => {
  ({ expect, jest } = globals);
  ({ it, test, fit, xit, xtest, describe, fdescribe, xdescribe } = globals);
  ({ beforeAll, beforeEach, afterAll, afterEach } = globals);
};
globalThis.__setJestGlobals(globalThis.__jestGlobals);
