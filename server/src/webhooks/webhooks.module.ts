import { Module } from '@nestjs/common';
import { Loops } from '../health/loops.js';
import { AlertRecipients } from './alerts/alert-recipients.service.js';
import { AlertSender } from './alerts/alert-sender.js';
import { ALERTS_MAY_BE_DUE, AlertWatch } from './alerts/alert-watch.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { OutdatedConditions } from './alerts/outdated-conditions.js';
import { CronController } from './cron.controller.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { Names } from './deliveries/names.js';
import { RecordsController } from './deliveries/records.controller.js';
import { DeliveriesService } from './deliveries/deliveries.service.js';
import { FailureGroupsController } from './deliveries/failure-groups.controller.js';
import { FailureGroups } from './deliveries/failure-groups.service.js';
import { ProblemsController } from './problems/problems.controller.js';
import { Problems } from './problems/problems.service.js';
import { RecoveriesController } from './recoveries/recoveries.controller.js';
import { Recoveries } from './recoveries/recoveries.service.js';
import { RecoveryRunner, ROUND_MS, SOME_RUNNING_SQL, UNCOUNTED_SQL } from './recoveries/recovery-runner.js';
import { ErasureController } from './deliveries/erasure.controller.js';
import { ExportsController } from './deliveries/exports.controller.js';
import { Digests } from './digests/digests.js';
import { EngineModule } from './engine/engine.module.js';
import { EventsLogController } from './deliveries/events-log.controller.js';
import { EventsLog } from './deliveries/events-log.service.js';
import { InboxAddress } from './inbox/inbox-address.js';
import { InboxReceiverController } from './inbox/inbox-receiver.controller.js';
import { InboxReceiver } from './inbox/inbox-receiver.service.js';
import { InboxesController } from './inbox/inboxes.controller.js';
import { Inboxes } from './inbox/inboxes.service.js';
import { EncryptedSecretsCheck } from './model/encrypted-secrets.js';
import { SecretRotation } from './settings/secret-rotation.service.js';
import { SharedLinksController } from './sharing/shared-links.controller.js';
import { SharedLinks } from './sharing/shared-links.service.js';
import { SharedPagesController } from './sharing/shared-pages.controller.js';
import { SharedPages } from './sharing/shared-pages.service.js';
import { ListenerStreams } from './listeners/listener-streams.js';
import { ListenersController } from './listeners/listeners.controller.js';
import { Listeners } from './listeners/listeners.service.js';
import { Consents } from './recipients/consents.js';
import { LateMails } from './recipients/late-mails.js';
import { MailPagesController } from './recipients/mail-pages.controller.js';
import { Questions } from './recipients/questions.js';
import { RecipientsController } from './recipients/recipients.controller.js';
import { Recipients } from './recipients/recipients.service.js';
import { SupportController } from './support/support.controller.js';
import { Support } from './support/support.service.js';
import { StreamController } from './stream/stream.controller.js';
import { Streams } from './stream/streams.service.js';
import { WebhookSecretController } from './settings/webhook-secret.controller.js';
import { Previews } from './settings/previews.service.js';
import { PreviewsController } from './settings/previews.controller.js';
import { SentBody } from './deliveries/sent-body.js';
import { DestinationSettings } from './settings/destination-settings.js';
import { WebhookAddresses } from './model/webhook-addresses.js';
import { WebhookSettings } from './settings/webhook-settings.js';
import { WebhookView } from './settings/webhook-view.js';
import { WebhookTests } from './settings/webhook-tests.service.js';
import { WebhooksController } from './settings/webhooks.controller.js';
import { WebhooksService } from './settings/webhooks.service.js';

/** Wires the features of webhooks: settings, problems, deliveries, recoveries, alerts, test inboxes, the stream. */
@Module({
  imports: [EngineModule],
  controllers: [
    PreviewsController,
    WebhooksController,
    WebhookSecretController,
    DeliveriesController,
    FailureGroupsController,
    ProblemsController,
    RecoveriesController,
    EventsLogController,
    RecordsController,
    InboxesController,
    InboxReceiverController,
    ListenersController,
    SupportController,
    StreamController,
    ExportsController,
    SharedLinksController,
    SharedPagesController,
    AlertsController,
    RecipientsController,
    MailPagesController,
    CronController,
    ErasureController,
  ],
  providers: [
    EncryptedSecretsCheck,
    DestinationSettings,
    SentBody,
    Previews,
    WebhookAddresses,
    WebhookSettings,
    WebhookView,
    WebhooksService,
    WebhookTests,
    SecretRotation,
    DeliveriesService,
    FailureGroups,
    Problems,
    Recoveries,
    RecoveryRunner,
    EventsLog,
    Names,
    InboxAddress,
    Inboxes,
    InboxReceiver,
    Listeners,
    ListenerStreams,
    Support,
    Streams,
    SharedLinks,
    SharedPages,
    AlertRecipients,
    AlertWatch,
    AlertSender,
    Digests,
    OutdatedConditions,
    Recipients,
    Consents,
    Questions,
    LateMails,
  ],
})
export class WebhooksModule {
  /** Adds the loops of these features; the engine adds its own. */
  constructor(
    loops: Loops,
    alerts: AlertWatch,
    recoveries: RecoveryRunner,
    digests: Digests,
    questions: Questions,
    lateMails: LateMails,
  ) {
    const add = (name: string, everyMs: number, work: () => Promise<void>, pending?: string) =>
      loops.add(name, { everyMs, work, pending, workersOnly: true });
    add('alert_watch', 2_000, () => alerts.round(), ALERTS_MAY_BE_DUE);
    add('recoveries', ROUND_MS, () => recoveries.round(), SOME_RUNNING_SQL);
    // A loop of its own, so that counting does not delay the batches.
    add('recovery_outcomes', 1_000, () => recoveries.count(), `exists (${UNCOUNTED_SQL})`);
    add('digests', 60_000, () => digests.round(Date.now()));
    // Asks new recipients for consent, and repeats mails that their servers deferred.
    add('recipients', 2_000, () => questions.round());
    add('late_mails', 2_000, () => lateMails.round());
  }
}
