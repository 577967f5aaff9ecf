import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { LocalPostgresError, POSTGRES_ENV } from './local-postgres-binaries.js';

const run = promisify(execFile);

/**
 * How to run PostgreSQL, which refuses to run as root: with a command prefix or as another user, and the owner that its
 * files need.
 */
export interface RunAs {
  prefix: string[];
  spawnAs?: { uid: number; gid: number };
  owner?: { uid: number; gid: number };
}

export type RootMethod = 'unshare' | 'setpriv' | 'setuid';

/**
 * For a normal user: directly. For root: in a user namespace that maps to an unprivileged user while root keeps the
 * files (no chown, and it works below folders that only root may enter). Where namespaces are forbidden (most
 * containers): as another user with dac_override, or else just as another user. If the data directory already belongs
 * to another user, PostgreSQL runs as that user.
 * @throws LocalPostgresError if the data directory belongs to another user, or root finds no method that works
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
    'PostgreSQL refuses to run as root and no other user can run it here: ' +
      'start as a normal user, or set DATABASE_URL to use your own PostgreSQL.',
  );
}

async function rootMethods(existingOwner: { uid: number; gid: number } | null): Promise<[RootMethod, RunAs][]> {
  const methods: [RootMethod, RunAs][] = [];
  if (!existingOwner)
    methods.push(['unshare', { prefix: ['unshare', '--user', '--map-user=65534', '--map-group=65534'] }]);
  const owner = existingOwner ?? (await systemUser());
  if (owner) {
    const user = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
    const prefix = ['setpriv', ...user, '--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--'];
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
