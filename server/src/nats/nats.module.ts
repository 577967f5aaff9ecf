import { Global, Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { EventTaker } from './event-taker.js';
import { NatsConsumer } from './nats-consumer.js';
import { NatsMetrics } from './nats-metrics.js';
import { RejectedEvents } from './rejected-events.js';
import { RejectedEventsController } from './rejected-events.controller.js';

/** Events from NATS JetStream, and those that were rejected. Global, because an erasure removes rejected ones too. */
@Global()
@Module({
  imports: [EventsModule],
  controllers: [RejectedEventsController],
  providers: [RejectedEvents, EventTaker, NatsConsumer, NatsMetrics],
  exports: [RejectedEvents],
})
export class NatsModule {}
