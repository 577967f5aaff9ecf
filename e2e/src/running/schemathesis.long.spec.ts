import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Program } from '../support/program.js';
import { describeWith, findProgram } from '../support/requirements.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * Takes minutes, so it runs only in the long form, if schemathesis (PyPI) is on the PATH. Intended findings are listed
 * in support/schemathesis.toml.
 */

const CONFIG = fileURLToPath(new URL('../support/schemathesis.toml', import.meta.url));
const CRON_SECRET = 'a secret of the scheduler';
const found = findProgram(['schemathesis', '--version']);

describeWith('schemathesis', found, 'what a stranger makes of the description of the API', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ env: { CRON_SECRET, LOG_LEVEL: 'warn' } });
  });
  afterAll(() => server?.stop());

  it('is accepted or refused as described, with every check of schemathesis', async () => {
    const { apiKey, serviceToken } = server.demo;
    // Every check is on by default; naming them here would override the exceptions.
    const size = ['--max-examples', '8', '--workers', '2', '--request-timeout', '5'];
    const options = [...size, '--continue-on-failure', '--warnings', 'off'];
    const run = new Program(
      found!,
      ['--config-file', CONFIG, 'run', `${server.url}/api/openapi.json`, ...options, '--generation-database', 'none'],
      { BPOC_API_KEY: apiKey, BPOC_SERVICE_TOKEN: serviceToken, BPOC_CRON_SECRET: CRON_SECRET },
    );
    const { code } = await run.exited;
    expect(code === 0 ? 'no findings' : run.output).toBe('no findings');
  }, 3_600_000);
});
