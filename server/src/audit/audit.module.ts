import { Global, Module } from '@nestjs/common';
import { AuditLog } from './audit-log.service.js';
import { AuditReader } from './audit-reader.service.js';
import { AuditController } from './audit.controller.js';

/** Global: every module that changes something writes to the log. */
@Global()
@Module({ controllers: [AuditController], providers: [AuditLog, AuditReader], exports: [AuditLog] })
export class AuditModule {}
