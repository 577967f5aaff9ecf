import { Global, Module } from '@nestjs/common';
import { EventIntake } from '../../events/event-intake.js';
import { RequestBody } from '../destinations/request-body.js';
import { Changes } from './changes.js';
import { DeliveryQueue } from './queue/delivery-queue.js';
import { Dispatcher } from './dispatcher.js';
import { EngineCounts } from './engine-counts.js';
import { EngineMetrics } from './engine-metrics.js';
import { EngineLifecycle } from './engine.lifecycle.js';
import { Erasure } from './housekeeping/erasure.js';
import { HealthTransitions } from './health-transitions.js';
import { Intake } from './intake.js';
import { PendingDeliveries } from './queue/pending-deliveries.js';
import { PendingDrops } from './queue/pending-drops.js';
import { Retention } from './housekeeping/retention.js';
import { LeftOutCounts } from './left-out-counts.js';
import { Routes } from './routes.js';
import { RetryScheduler } from './retry.scheduler.js';
import { ListenerPosts } from './send/listener-posts.js';
import { MailQuota } from './send/mail-quota.js';
import { MailSender } from './send/mail-sender.js';
import { MessageNames } from './send/message-names.js';
import { Sender } from './send/sender.js';
import { TestSender } from './send/test-sender.js';
import { ToolSender } from './send/tool-sender.js';
import { WebhookConfigs } from './webhook-configs.js';

/** The delivery engine. Global because it provides EventIntake to the event bus, which must not import webhooks. */
@Global()
@Module({
  providers: [
    EngineCounts,
    WebhookConfigs,
    Routes,
    LeftOutCounts,
    RequestBody,
    MessageNames,
    ListenerPosts,
    MailQuota,
    MailSender,
    ToolSender,
    Sender,
    Changes,
    PendingDeliveries,
    DeliveryQueue,
    PendingDrops,
    HealthTransitions,
    Dispatcher,
    Intake,
    { provide: EventIntake, useExisting: Intake },
    TestSender,
    Erasure,
    RetryScheduler,
    Retention,
    EngineLifecycle,
    EngineMetrics,
  ],
  exports: [
    EventIntake,
    Changes,
    PendingDeliveries,
    DeliveryQueue,
    PendingDrops,
    RequestBody,
    Dispatcher,
    TestSender,
    Erasure,
    RetryScheduler,
    WebhookConfigs,
    MailQuota,
  ],
})
export class EngineModule {}
