import { endTestRun } from '../../../server/test/test-run.mjs';

export default async function globalTeardown() {
  await endTestRun(process.env.E2E_RUN);
}
