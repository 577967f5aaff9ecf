import type { components } from './schema';

/** The app's names for the API's shapes; the shapes themselves are generated. */
type Schemas = components['schemas'];

export type Me = Schemas['Me'];
export type Webhook = Schemas['Webhook'];
export type CreatedWebhook = Schemas['CreatedWebhook'];
export type RotatedWebhook = Schemas['WebhookWithSecret'];
export type WebhookDetail = Schemas['WebhookDetail'];
export type WebhookInput = Schemas['CreateWebhook'];
export type WebhookChange = Schemas['UpdateWebhook'];
export type Alerts = Schemas['Alerts'];
export type Bucket = Schemas['WebhookBucket'];
export type TestResult = Schemas['TestResult'];
export type Delivery = Schemas['Delivery'];
export type DeliveryDetail = Schemas['DeliveryDetail'];
export type DeliveryContent = Schemas['DeliveryContent'];
export type AttemptContent = Schemas['DeliveryAttemptContent'];
export type DeliveryCounts = Schemas['DeliveryCounts'];
export type TestEvent = NonNullable<Schemas['SendTest']['event']>;
export type Attempt = Schemas['Attempt'];
export type EventWithRecipients = Schemas['EventWithRecipients'];
export type EventRecipient = Schemas['EventRecipient'];
export type RecipientResult = Schemas['RecipientResult'];
export type EventType = Schemas['EventType'];
export type EventTypeList = Schemas['EventTypes'];
export type ProblemBody = Schemas['Problem'];

export type Reason = Schemas['Reason'];
export type DeliveryStatus = Schemas['DeliveryStatus'];
export type Health = Schemas['WebhookHealth'];
export type OffReason = Schemas['OffReason'];
/** Those that are made by their address. */
export type AddressedKind = Schemas['AddressedKind'];
export type WebhookCondition = Schemas['WebhookCondition'];
export type FieldComparison = Schemas['FieldComparison'];
export type ConditionsPreview = Schemas['ConditionsPreview'];
export type Recipient = Schemas['Recipient'];
export type AttemptMail = Schemas['AttemptMail'];
export type MessagePreview = Schemas['MessagePreview'];
export type WebhookStyle = Schemas['WebhookStyle'];
export type Pace = Schemas['Pace'];
export type RetryPlan = Schemas['RetryPlan'];
export type Role = Schemas['Role'];

export type ApiKey = Schemas['ApiKey'];
export type CreatedApiKey = Schemas['ApiKeyWithToken'];
export type NewApiKey = Schemas['CreateApiKey'];
export type Member = Schemas['Member'];
export type InvitedMember = Schemas['InvitedMember'];
export type NewMember = Schemas['InviteMember'];
export type AuditEntry = Schemas['AuditEntry'];
export type Inbox = Schemas['Inbox'];
export type InboxMessage = Schemas['InboxMessage'];
export type FailureGroup = Schemas['FailureGroup'];
export type FailureGroups = Schemas['FailureGroups'];
export type Recovery = Schemas['Recovery'];
export type StreamMessages = Schemas['StreamMessages'];
export type RecoveryFilter = Schemas['RecoveryFilter'];
export type RecoveryPlan = Schemas['RecoveryPlan'];
export type WebhookProblem = Schemas['WebhookProblem'];
export type AgencyEvent = Schemas['Event'];
export type EventDeliveryCounts = Schemas['EventDeliveryCounts'];
export type NamedRecord = Schemas['Record'];
