import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describeApi } from './description.js';
import { AppModule } from '../app.module.js';
import { Keyring } from '../lib/keyring.js';
import { loadEnv } from '../config/env.js';
import { NEST_OPTIONS, newHttpAdapter } from '../http-app.js';

/**
 * The text of server/openapi.json. In Nest's preview mode all routes are known but no providers exist: nothing
 * connects.
 */
export async function openApiText(): Promise<string> {
  const nowhere = { url: 'postgres://nowhere', directUrl: 'postgres://nowhere', poolSize: 2 };
  const module = AppModule.forRoot({
    env: loadEnv({}),
    database: nowhere,
    keyring: new Keyring(new Map([['none', randomBytes(32)]])),
  });
  const options = { ...NEST_OPTIONS, preview: true, logger: false as const };
  const app = await NestFactory.create<NestFastifyApplication>(module, newHttpAdapter(), options);
  return `${JSON.stringify(describeApi(app), null, 2)}\n`;
}
