import { endTestRun } from '../../../server/test/test-run.mjs';
import { endServer } from './shared-server.mjs';

export default async function globalTeardown() {
  endServer();
  await endTestRun(process.env.E2E_RUN);
}
