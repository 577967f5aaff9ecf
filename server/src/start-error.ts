import { EnvError } from './config/env.js';
import { LocalPostgresError } from './embedded/local-postgres.js';
import { BootCheckError } from './database/login-check.js';
import { refusalOfDatabase } from './http/database-errors.js';

/** A start that failed for a reason the operator can mend. */
export class StartError extends Error {}

const TOLD_AS_THEY_ARE = [EnvError, LocalPostgresError, BootCheckError, StartError];

/** A sentence for what the person at the terminal can mend; null for a fault of ours, which needs its stack. */
export function startFault(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (TOLD_AS_THEY_ARE.some((kind) => error instanceof kind)) return error.message;
  const code = 'code' in error ? String(error.code) : '';
  if (isRefusedByFileSystem(error))
    return `DATA_DIR must be a folder that this process may read and write: ${error.message}.`;
  if (code === '42P01') return 'The database has no tables yet: run npm run migrate first.';
  // Class 28 is a wrong role or password, 3D000 a database that is not there.
  const unusable = refusalOfDatabase(error)?.code === 'database_unavailable' || /^(28...|3D000)$/.test(code);
  return unusable ? `The database cannot be used: ${error.message || code}` : null;
}

/** All that is read and written at a start lies in DATA_DIR. Not `spawn`: that path is a program. */
function isRefusedByFileSystem(error: Error): boolean {
  const { code = '', path, syscall = '' } = error as NodeJS.ErrnoException;
  return path !== undefined && !syscall.startsWith('spawn') && /^E(ACCES|PERM|ROFS|NOTDIR|EXIST|NOSPC)$/.test(code);
}
