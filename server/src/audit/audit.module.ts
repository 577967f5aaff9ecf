import { Global, Module } from '@nestjs/common';
import { AuditLog } from './audit-log.service.js';

/** Global: every room that changes something writes to the log. */
@Global()
@Module({ providers: [AuditLog], exports: [AuditLog] })
export class AuditModule {}
