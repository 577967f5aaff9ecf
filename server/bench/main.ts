import 'reflect-metadata';
import { startDatabase } from './database.js';
import { fairness } from './fairness/fairness.js';
import { growth } from './growth.js';
import { parseOptions, type Options } from './options.js';
import { profile } from './profile.js';
import { say, setQuiet } from './report.js';
import { throughput } from './throughput.js';

/* `npm run bench`: one command, its own database in a temporary directory, its own receiver, nothing but loopback. Exit 1 when a delivery was lost or doubled. */

const COMMANDS = { throughput, growth, fairness, profile };

async function run(options: Options): Promise<void> {
  setQuiet(options.json);
  const database = await startDatabase(options.server);
  const interrupt = () => void database.stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    say(database.describe());
    const result = await COMMANDS[options.command](options, database);
    if (options.json)
      process.stdout.write(
        `${JSON.stringify({ options: { ...options, server: undefined }, server: database.facts, ...result }, null, 2)}\n`,
      );
  } catch (error) {
    // Told before the database goes: what still runs then fails too, and would hide it.
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await database.stop();
  }
}

try {
  await run(parseOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
