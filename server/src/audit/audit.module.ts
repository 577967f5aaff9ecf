import { Global, Module } from '@nestjs/common';
import { AuditLog } from './audit-log.service.js';
import { AuditReader } from './audit-reader.service.js';
import { AuditExportController, AuditController } from './audit.controller.js';
import { Exports } from './exports.service.js';

/** Global: every module that changes something writes to the log. */
@Global()
@Module({
  controllers: [AuditController, AuditExportController],
  providers: [AuditLog, AuditReader, Exports],
  exports: [AuditLog, Exports],
})
export class AuditModule {}
