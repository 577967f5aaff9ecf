import { Global, Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { EventTaker } from './event-taker.js';
import { NatsConsumer } from './nats-consumer.js';
import { NatsMetrics } from './nats-metrics.js';
import { RejectedEvents } from './rejected-events.js';
import { RejectedEventsController } from './rejected-events.controller.js';
import { RejectedEventsService } from './rejected-events.service.js';

/** Events from NATS JetStream, and those that were not accepted. Global for the erasure of the latter. */
@Global()
@Module({
  imports: [EventsModule],
  controllers: [RejectedEventsController],
  providers: [RejectedEvents, EventTaker, NatsConsumer, NatsMetrics, RejectedEventsService],
  exports: [RejectedEvents],
})
export class NatsModule {}
