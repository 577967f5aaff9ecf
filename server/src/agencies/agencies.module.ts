import { Module } from '@nestjs/common';
import { AgenciesController } from './agencies.controller.js';
import { MembersController } from './members.controller.js';
import { Members } from './members.service.js';
import { Provisioning } from './provisioning.service.js';

@Module({
  controllers: [AgenciesController, MembersController],
  providers: [Provisioning, Members],
  exports: [Provisioning],
})
export class AgenciesModule {}
