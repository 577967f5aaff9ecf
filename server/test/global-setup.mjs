import { beginTestRun } from './test-run.mjs';

/*
 * JavaScript, because jest loads its global setup with Node's own loaders, which do not know `.ts`.
 * Takes a millisecond: the server starts with the first spec that needs a database (database.ts).
 */
export default async function globalSetup() {
  process.env.BPOC_TEST_RUN = await beginTestRun('bpoc-test-');
}
