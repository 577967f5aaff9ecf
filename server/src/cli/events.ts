import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import type { Env } from '../config/env.js';
import { RejectedEvents } from '../nats/rejected-events.js';
import { keyringOf, runCommand, UsageError, withDatabase } from './command.js';
import { acceptEvents, dropEvents, listRejected, showRejected } from './rejected-events.js';

const USAGE = `npm run events -- rejected            lists the events from NATS that were not accepted, newest first
npm run events -- rejected <id>       shows one with its message
npm run events -- accept <id> … | all publishes them again, after what was wrong here is corrected
npm run events -- drop <id> …         deletes them`;

type Work = (events: RejectedEvents) => Promise<string[]>;

function workOf([name, ...ids]: string[]): Work {
  if (name === 'rejected' && ids.length === 0) return listRejected;
  if (name === 'rejected' && ids.length === 1) return (events) => showRejected(events, ids[0]!);
  if (name === 'accept' && ids.length > 0) return (events) => acceptEvents(events, ids);
  if (name === 'drop' && ids.length > 0) return (events) => dropEvents(events, ids);
  throw new UsageError(USAGE);
}

await runCommand(async (env) => {
  const work = workOf(process.argv.slice(2));
  const lines = await withDatabase(env, (url) => withEvents(env, url, work));
  console.log(lines.join('\n'));
});

/** Runs the application without HTTP: accepting an event publishes it, and running workers send its deliveries. */
async function withEvents(env: Env, url: string, work: Work): Promise<string[]> {
  const module = AppModule.forRoot({
    env: { ...env, role: 'api', nats: null },
    database: { url, directUrl: url, poolSize: 2 },
    keyring: await keyringOf(env),
  });
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  try {
    return await work(app.get(RejectedEvents));
  } finally {
    await app.close();
  }
}
