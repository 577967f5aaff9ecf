import { Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BpocWebhooksModule } from 'bpoc-webhooks/nest';
import { Application } from './application.entity.js';
import { ApplicationsController } from './applications.controller.js';
import { Applications } from './applications.service.js';
import { CreateTables1769077800000 } from './create-tables.migration.js';
import { HealthController } from './health.controller.js';
import { Placement } from './placement.entity.js';
import { PlacementsListener } from './placements.listener.js';
import { OUTBOX, SCHEMA, SETTINGS } from './settings.js';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: SETTINGS.databaseUrl,
      schema: SCHEMA,
      entities: [Application, Placement],
      migrations: [CreateTables1769077800000],
      migrationsRun: true,
    }),
    EventEmitterModule.forRoot(),
    BpocWebhooksModule.forRoot({ outbox: { database: SETTINGS.databaseUrl, table: OUTBOX } }),
  ],
  controllers: [ApplicationsController, HealthController],
  providers: [Applications, PlacementsListener],
})
export class AppModule {}
