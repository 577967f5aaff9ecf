import { endTestRun } from './test-run.mjs';

export default async function globalTeardown() {
  await endTestRun(process.env.BPOC_TEST_RUN);
}
