import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { AppModule } from './app.module.js';
import { SCHEMA, SETTINGS } from './settings.js';

/** TypeORM keeps its list of migrations in the schema, so the schema must exist before they run. */
async function createSchema(): Promise<void> {
  const client = new Client(SETTINGS.databaseUrl);
  await client.connect();
  await client.query(`create schema if not exists ${SCHEMA}`);
  await client.end();
}

await createSchema();
const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
  logger: ['warn', 'error'],
});
app.enableShutdownHooks();
await app.listen(SETTINGS.port, '127.0.0.1');
console.log(`applications service listening on ${await app.getUrl()}`);
