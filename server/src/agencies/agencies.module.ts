import { Module } from '@nestjs/common';
import { AgenciesController } from './agencies.controller.js';
import { DemoAgency } from './demo-agency.service.js';
import { Provisioning } from './provisioning.service.js';

@Module({
  controllers: [AgenciesController],
  providers: [Provisioning, DemoAgency],
  exports: [Provisioning, DemoAgency],
})
export class AgenciesModule {}
