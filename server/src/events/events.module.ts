import { Module } from '@nestjs/common';
import { DomainEventListener } from './domain-event.listener.js';
import { DomainEvents } from './domain-events.js';
import { EventTypesController } from './event-types.controller.js';
import { InternalEventsController } from './internal-events.controller.js';
import { RecordsModule } from './records/records.module.js';

/** The event bus. A global module provides EventIntake, so that the bus does not depend on webhooks. */
@Module({
  imports: [RecordsModule],
  controllers: [InternalEventsController, EventTypesController],
  providers: [DomainEvents, DomainEventListener],
  exports: [DomainEvents],
})
export class EventsModule {}
