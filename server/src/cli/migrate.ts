import { parseArgs } from 'node:util';
import { migrate, pendingSql } from '../database/migrate.js';
import { runCommand, UsageError, withDatabase } from './command.js';

/* npm run migrate             brings the database up to date
 * npm run migrate -- --print  prints the pending SQL, changes nothing */

/** Throws UsageError for anything but `--print`. */
function wantsPrint(): boolean {
  try {
    return parseArgs({ options: { print: { type: 'boolean', default: false } } }).values.print;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. Usage: npm run migrate [-- --print]`);
  }
}

await runCommand((env) => {
  const print = wantsPrint();
  return withDatabase(env, async (url) => {
    if (!print) {
      await migrate({ url, progress: console.log });
      console.log('The database is up to date.');
      return;
    }
    const sql = await pendingSql(url);
    console.log(sql === '' ? '-- nothing to do: the database is up to date' : sql);
  });
});
