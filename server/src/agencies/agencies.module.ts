import { Module } from '@nestjs/common';
import { AgenciesController } from './agencies.controller.js';
import { DemoAgency } from '../embedded/demo-agency.js';
import { MembersController } from './members.controller.js';
import { Members } from './members.service.js';
import { Provisioning } from './provisioning.service.js';

@Module({
  controllers: [AgenciesController, MembersController],
  providers: [Provisioning, DemoAgency, Members],
  exports: [Provisioning, DemoAgency],
})
export class AgenciesModule {}
