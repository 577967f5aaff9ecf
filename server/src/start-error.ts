import { EnvError } from './config/env.js';
import { LocalPostgresError } from './embedded/local-postgres-binaries.js';
import { BootCheckError } from './database/boot-checks.js';
import { isDatabaseUnavailable } from './http/database-errors.js';

/** A start that failed for a reason the operator can fix. */
export class StartError extends Error {}

/** Errors whose messages are written for operators. */
const OPERATOR_ERRORS = [EnvError, LocalPostgresError, BootCheckError, StartError];

/** A message about what the operator can fix; null for a bug, which needs its stack. */
export function startFault(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (OPERATOR_ERRORS.some((kind) => error instanceof kind)) return error.message;
  const code = 'code' in error ? String(error.code) : '';
  if (isRefusedByFileSystem(error))
    return `DATA_DIR must be a folder that this process may read and write: ${error.message}.`;
  if (code === '42P01') return 'The database has no tables yet: run npm run migrate first.';
  // Class 28: invalid role or password; 3D000: no such database.
  const unusable = isDatabaseUnavailable(error) || /^(28...|3D000)$/.test(code);
  return unusable ? `The database cannot be used: ${error.message || code}` : null;
}

/** A start reads and writes files only in DATA_DIR. The path of a failed `spawn` is that of a program. */
function isRefusedByFileSystem(error: Error): boolean {
  const { code = '', path, syscall = '' } = error as NodeJS.ErrnoException;
  return path !== undefined && !syscall.startsWith('spawn') && /^E(ACCES|PERM|ROFS|NOTDIR|EXIST|NOSPC)$/.test(code);
}
