import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { packageRoot, query } from '../../test/local-postgres-holder.js';
import { LocalPostgresScratch } from '../../test/local-postgres-scratch.js';

const NOBODY = { uid: 65534, gid: 65534 };
const scratch = new LocalPostgresScratch();

/** Depends on the machine: containers often forbid namespaces, and other users cannot enter a checkout of root. */
function works(command: string[], user = {}): boolean {
  const [file = '', ...args] = command;
  return process.getuid?.() === 0 && spawnSync(file, args, { cwd: '/', stdio: 'ignore', ...user }).status === 0;
}
const binary = join(packageRoot, 'native', 'bin', 'postgres');
const caps = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
const rootMethods = {
  unshare: works(['unshare', '--user', '--map-user=65534', '--map-group=65534', binary, '--version']),
  setpriv: works(['setpriv', '--reuid=65534', ...caps, binary, '--version']),
  setuid: works(['/bin/sh', '-c', 'cd "$1" && "$2" --version', 'sh', scratch.root, binary], NOBODY),
};
const describeIf = (condition: boolean) => (condition ? describe : describe.skip);

afterEach(() => scratch.endTest());
afterAll(() => scratch.remove());

for (const runAs of ['unshare', 'setpriv', 'setuid'] as const) {
  describeIf(rootMethods[runAs])(`root, as which PostgreSQL refuses to run, using ${runAs}`, () => {
    it('runs it, and later starts pick the right method', async () => {
      // Only setuid cannot traverse a folder that is closed to others.
      const dataDirectory = scratch.freshDirectory(runAs === 'setuid' ? 0o755 : 0o700);
      const first = await scratch.start({ dataDirectory, runAs });
      await query(first.url, 'create table kept as select 7 as x');
      expect(statSync(dataDirectory).uid === 0).toBe(runAs === 'unshare');
      await first.stop();
      const { url } = await scratch.start({ dataDirectory });
      expect(await query(url, 'select x from kept')).toEqual([{ x: 7 }]);
    });
  });
}

describeIf(rootMethods.setuid && rootMethods.unshare)('root beside other users', () => {
  it('changes the owner of its data when only another user can run the server', async () => {
    const dataDirectory = scratch.freshDirectory();
    await (await scratch.start({ dataDirectory, runAs: 'unshare' })).stop();
    expect(statSync(dataDirectory).uid).toBe(0);
    const { url } = await scratch.start({ dataDirectory, runAs: 'setuid' });
    expect(await query(url, 'select 1 as x')).toEqual([{ x: 1 }]);
    expect(statSync(join(dataDirectory, 'base')).uid).not.toBe(0);
  });

  it('joins the server of a plain user and leaves it to that user', async () => {
    const dataDirectory = scratch.freshDirectory(0o777);
    const holder = scratch.hold(dataDirectory, NOBODY);
    const { url } = await holder.postgres;
    expect(statSync(dataDirectory).uid).toBe(NOBODY.uid);
    const joined = await scratch.start({ dataDirectory });
    expect(joined).toMatchObject({ adopted: true, url });
    await joined.stop();
    expect(await query(url, 'select 1 as x')).toEqual([{ x: 1 }]);
    expect(await holder.release()).toBe(0);
    expect((await scratch.start({ dataDirectory })).adopted).toBe(false);
    expect(statSync(join(dataDirectory, 'base')).uid).toBe(NOBODY.uid);
  });
});
