import { randomBytes } from 'node:crypto';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { AgenciesModule } from '../src/agencies/agencies.module.js';
import { createDemoAgency, type DemoAccess } from '../src/embedded/demo-agency.js';
import { AuditModule } from '../src/audit/audit.module.js';
import { Allow, AllowService } from '../src/auth/allow.js';
import { AuthModule } from '../src/auth/auth.module.js';
import { Keyring } from '../src/lib/keyring.js';
import { EnvModule } from '../src/config/env.module.js';
import { loadEnv } from '../src/config/env.js';
import { ENTITIES } from '../src/entities.js';
import { DatabaseModule } from '../src/database/database.module.js';
import { ServiceDatabase } from '../src/database/service-database.js';
import { HealthModule } from '../src/health/health.module.js';
import { createHttpApp } from '../src/http-app.js';
import { createTestDatabase } from './database.js';

/* The application without webhooks, with three routes to try keys on. */

@Controller('api/probes')
class ProbesController {
  @Get('viewer')
  @Allow('webhooks.read')
  viewer() {
    return { open: true };
  }

  @Post('admin')
  @Allow('webhooks.write')
  admin() {
    return { open: true };
  }

  @Post('publish')
  @AllowService('publish')
  publish() {
    return { open: true };
  }
}

export interface AuthApp {
  app: NestFastifyApplication;
  service: ServiceDatabase;
  demo: DemoAccess;
  http(): ReturnType<typeof request>;
  /** Another application on the same database, with one more controller; not started. */
  another(controller: new () => object): Promise<NestFastifyApplication>;
  stop(): Promise<void>;
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export async function startAuthApp(): Promise<AuthApp> {
  const database = await createTestDatabase();
  const settings = { url: database.url, directUrl: database.url, poolSize: 4, connectTimeoutMs: 60_000 };
  const keyring = new Keyring(new Map([['k1', randomBytes(32)]]));
  const create = (controller: new () => object) => {
    @Module({
      imports: [
        EnvModule.forRoot(loadEnv({})),
        DatabaseModule.forRoot({ settings, keyring, entities: ENTITIES }),
        AuditModule,
        AuthModule,
        AgenciesModule,
        ScheduleModule.forRoot(),
        HealthModule,
      ],
      controllers: [controller],
    })
    class Root {}
    return createHttpApp(Root, { publicUrl: null, adminDirectory: '/nonexistent', nest: { logger: false } });
  };
  const app = await create(ProbesController);
  await app.listen(0, '127.0.0.1');
  const demo = await createDemoAgency(app, { isKept: () => true, keep: async () => {} });
  return {
    app,
    service: app.get(ServiceDatabase),
    demo: demo!,
    http: () => request(app.getHttpServer()),
    another: create,
    stop: async () => {
      await app.close();
      await database.drop();
    },
  };
}
