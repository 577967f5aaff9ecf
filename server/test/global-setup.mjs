import { beginTestRun } from './test-run.mjs';

/*
 * JavaScript, because jest loads its global setup with node's own require and import, which do not know `.ts`.
 * Costs a millisecond: the server itself starts with the first spec that asks for a database (database.ts).
 */
export default async function globalSetup() {
  process.env.BPOC_TEST_RUN = await beginTestRun('bpoc-test-');
}
