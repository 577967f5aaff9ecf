import { parseArgs } from 'node:util';
import { migrate, pendingSql } from '../database/migrate.js';
import { runCommand, withDatabase } from './command.js';

/* npm run migrate            brings the database up to date
 * npm run migrate -- --print  prints the SQL that is missing, changes nothing */

const { values } = parseArgs({ options: { print: { type: 'boolean', default: false } } });

await runCommand((env) =>
  withDatabase(env, async (url) => {
    if (!values.print) {
      await migrate({ url, progress: console.log });
      console.log('The database is up to date.');
      return;
    }
    const sql = await pendingSql(url);
    console.log(sql === '' ? '-- nothing to do: the database is up to date' : sql);
  }),
);
