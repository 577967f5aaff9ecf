import { Module } from '@nestjs/common';
import { CronController } from './cron.controller.js';
import { EngineModule } from './engine/engine.module.js';

/** Wires the rooms of webhooks: what an agency configures, what it inspects, what the machine does. */
@Module({
  imports: [EngineModule],
  controllers: [CronController],
})
export class WebhooksModule {}
