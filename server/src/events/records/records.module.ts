import { Global, Module } from '@nestjs/common';
import { Records } from './records.js';

/** Global, because the engine erases and reads what the bus writes, and does not import the bus. */
@Global()
@Module({ providers: [Records], exports: [Records] })
export class RecordsModule {}
