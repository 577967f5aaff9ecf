import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, publish } from '../support/client.js';
import { startReceiver } from '../support/receiver.js';
import { describeWith, findProgram } from '../support/requirements.js';
import { ROOT } from '../support/server.js';
import { sharedServer } from '../support/shared.js';
import { DRIVERS, type Driver } from './snippet-drivers.js';

/*
 * The Guide's snippets in languages that a machine may lack, against bytes that the server really sent. Each is the
 * file in examples/, unchanged, run by a small driver in its language. Node and Python: signatures.spec.ts.
 */

const WRONG_SECRET = 'whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=';

const [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
const webhook = await addWebhook(server, { url: receiver.url('/captured'), events: ['application.created'] });
await publish(server, applicationCreated(server, { candidateName: 'Ñandú 候補者 🎉 \\"/' }));
const { body, headers } = await receiver.next('/captured');
const { secret } = webhook;
const id = String(headers['webhook-id']);
const timestamp = String(headers['webhook-timestamp']);
const stale = String(Number(timestamp) - 301);
/** Lines for the standard input of a driver. */
const questions = [
  body.toString('base64'),
  secret,
  WRONG_SECRET,
  id,
  timestamp,
  String(headers['webhook-signature']),
  stale,
  signature({ secret, id, timestamp: stale, body }),
  String(headers['x-webhook-signature']),
].join('\n');
afterAll(() => receiver.close());

/** Signs like the server, but with a time that the server would not use. */
function signature(given: { secret: string; id: string; timestamp: string; body: Buffer }): string {
  const key = Buffer.from(given.secret.replace('whsec_', ''), 'base64');
  const hmac = createHmac('sha256', key).update(`${given.id}.${given.timestamp}.`).update(given.body);
  return `v1,${hmac.digest('base64')}`;
}

function ask(driver: Driver): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'snippet-'));
  try {
    copyFileSync(join(ROOT, 'examples', driver.snippet), join(folder, driver.snippet));
    for (const [name, text] of Object.entries(driver.files)) writeFileSync(join(folder, name), text);
    for (const [command, ...args] of driver.build ?? []) {
      const built = spawnSync(command!, args, { cwd: folder, encoding: 'utf8' });
      expect([built.status, built.stderr]).toEqual([0, '']);
    }
    const [command, ...args] = driver.run;
    const run = spawnSync(command, args, { cwd: folder, input: questions, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    return run.stdout.trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const driver of DRIVERS) {
  const program = findProgram(driver.find);
  describeWith(driver.requirement, program, `the ${driver.requirement} snippet of the Guide`, () => {
    it('verifies with either scheme, and says why it refuses', () => {
      const misfit = expect.stringContaining('does not fit');
      expect(ask(driver)).toEqual([
        'ok',
        'ok',
        misfit,
        misfit,
        expect.stringContaining('missing'),
        expect.stringContaining('too old'),
        'true',
        'false',
        'false',
      ]);
    });
  });
}
