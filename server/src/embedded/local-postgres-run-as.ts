import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { POSTGRES_ENV } from './local-postgres-binaries.js';
import { LocalPostgresError } from './local-postgres-error.js';

const run = promisify(execFile);

/** How to run PostgreSQL, which refuses to be root: a command in front of it, or another user for the child, and who must then own the files. */
export interface RunAs {
  prefix: string[];
  spawnAs?: { uid: number; gid: number };
  owner?: { uid: number; gid: number };
}

export type RootMethod = 'unshare' | 'setpriv' | 'setuid';

/**
 * As a plain user: directly. As root: in a user namespace where we are "nobody" while the files stay root's (nothing to chown, works below folders that only
 * root may enter); where that is forbidden (most containers), as another user that may pass any folder; failing that, as just another user.
 * A data directory that already belongs to a user other than root is served as that user.
 * @throws LocalPostgresError when the data directory belongs to somebody else or root finds no way
 */
export async function chooseRunAs(postgres: string, dataDirectory: string, only?: RootMethod): Promise<RunAs> {
  const uid = process.getuid?.();
  const data = await stat(dataDirectory).catch(() => null);
  if (uid !== 0) {
    if (data && uid !== undefined && data.uid !== uid) {
      throw new LocalPostgresError(
        `${dataDirectory} belongs to user ${data.uid}: start as that user, or use another DATA_DIR.`,
      );
    }
    return { prefix: [] };
  }
  const owner = data && data.uid !== 0 ? { uid: data.uid, gid: data.gid } : null;
  for (const [method, runAs] of await rootMethods(owner)) {
    if (only && method !== only) continue;
    const [command, ...args] = [...runAs.prefix, postgres, '--version'];
    if (
      await run(command, args, { ...runAs.spawnAs, env: POSTGRES_ENV }).then(
        () => true,
        () => false,
      )
    )
      return runAs;
  }
  throw new LocalPostgresError(
    'PostgreSQL refuses to run as root and no other user can run it here: start as a normal user, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

async function rootMethods(existingOwner: { uid: number; gid: number } | null): Promise<[RootMethod, RunAs][]> {
  const methods: [RootMethod, RunAs][] = [];
  if (!existingOwner)
    methods.push(['unshare', { prefix: ['unshare', '--user', '--map-user=65534', '--map-group=65534'] }]);
  const owner = existingOwner ?? (await systemUser());
  if (owner) {
    const who = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
    const prefix = ['setpriv', ...who, '--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--'];
    methods.push(['setpriv', { prefix, owner }], ['setuid', { prefix: [], spawnAs: owner, owner }]);
  }
  return methods;
}

async function systemUser(): Promise<{ uid: number; gid: number } | null> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
  }
  return null;
}
