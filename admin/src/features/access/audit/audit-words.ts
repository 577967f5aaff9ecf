import type { AuditEntry } from '../../../api/types';
import { clockTime, duration } from '../../../lib/time';

/** Actions in words. Unknown ones of a newer server are shown as they are. */
const ACTIONS: Record<string, string> = {
  'audit.exported': 'Audit log exported',
  'deliveries.exported': 'Deliveries exported',
  'events.exported': 'Events exported',
  'agency.created': 'Agency made',
  'agency.renamed': 'Agency renamed',
  'delivery.cancelled': 'Delivery stopped',
  'delivery.content_read': 'Message opened',
  'delivery.link_opened': 'Shared delivery opened',
  'delivery.resent': 'Delivery resent',
  'delivery.shared': 'Delivery shared',
  'delivery.unshared': 'Shared links ended',
  'inbox.created': 'Test inbox created',
  'inbox.emptied': 'Test inbox emptied',
  'inbox.messages_read': 'Test inbox opened',
  'key.created': 'API key created',
  'key.revoked': 'API key revoked',
  'problem.acknowledged': 'Problem taken on',
  'sign_in.refused': 'Sign-in by code refused',
  'problem.muted': 'Problem muted',
  'problem.unmuted': 'Problem unmuted',
  'problem.withdrawn': 'Problem handed back',
  'recipient.asked_again': 'Recipient asked again',
  'recipient.bounced': 'Recipient bounced',
  'recipient.confirmed': 'Recipient confirmed',
  'recipient.declined': 'Recipient declined',
  'recipient.unsubscribed': 'Recipient unsubscribed',
  'recovery.started': 'Bulk resend started',
  'recovery.stopped': 'Bulk resend stopped',
  'reference.erased': 'Data erased',
  'token.created': 'Service token created',
  'token.revoked': 'Service token revoked',
  'user.accepted_invite': 'Invite accepted',
  'user.changed_password': 'Password changed',
  'user.digest_chosen': 'Digest by email changed',
  'user.invited': 'Person invited',
  'user.made_owner': 'Person made owner',
  'user.removed': 'Person removed',
  'user.password_reset_sent': 'Password reset link sent',
  'user.reset_password': 'Password reset',
  'user.role_changed': 'Role changed',
  'user.signed_in': 'Signed in',
  'webhook.alerts_changed': 'Alerts changed',
  'webhook.created': 'Webhook added',
  'webhook.deleted': 'Webhook deleted',
  'webhook.handed_over': 'Webhook handed over',
  'webhook.link_opened': 'Hand-over opened',
  'webhook.link_revoked': 'Hand-over link ended',
  'webhook.link_secret_read': 'Secret read by the developer',
  'webhook.restored': 'Webhook restored',
  'webhook.secret_ended': 'Old secret ended',
  'webhook.previewed': 'Message previewed',
  'webhook.secret_rotated': 'New secret created',
  'webhook.secret_switched': 'Switched to the new secret',
  'support.read': 'Support looked at webhooks',
  'webhook.switched_off': 'Webhook turned off',
  'webhook.tested': 'Test sent',
  'webhook.updated': 'Webhook changed',
};

export function actionWords(action: string): string {
  return ACTIONS[action] ?? action;
}

export const actorKinds: Record<AuditEntry['actor']['kind'], string> = {
  user: 'a person',
  key: 'API key',
  service: 'service',
  link: 'shared link',
  system: 'BPOC itself',
};

const TARGETS: Record<string, string> = {
  agency: 'Agency',
  inbox: 'Test inbox',
  key: 'Key',
  recovery: 'Bulk resend',
  token: 'Service token',
  user: 'Person',
};

export function targetWords(kind: string): string {
  return TARGETS[kind] ?? kind;
}

/** The names of a webhook's fields on the screens. */
const FIELDS: Record<string, string> = {
  url: 'address',
  retry_plan: 'retry plan',
  headers: 'extra headers',
};

/** The details of an entry in one line: `changed: address, events · overlap: 24 h`. */
export function detailText(details: AuditEntry['details']): string {
  return Object.entries(details).flatMap(detail).join(' · ');
}

function detail([name, value]: [string, unknown]): string[] {
  if (name === 'is_active') return [value ? 'turned on' : 'turned off'];
  if (name === 'fields' && Array.isArray(value)) {
    const fields = value.filter((field) => field !== 'is_active').map((field: string) => FIELDS[field] ?? words(field));
    return fields.length === 0 ? [] : [`changed: ${fields.join(', ')}`];
  }
  if (value === null || value === '' || value === false) return [];
  if (name === 'events' && Array.isArray(value) && value.includes('*')) return ['events: everything'];
  return name.endsWith('_seconds') && typeof value === 'number'
    ? [`${words(name.slice(0, -'_seconds'.length))}: ${spanOf(value)}`]
    : [`${words(name)}: ${valueText(value)}`];
}

function spanOf(seconds: number): string {
  if (seconds === 0) return 'none';
  return seconds >= 3_600 ? `${seconds / 3_600} h` : duration(seconds * 1000);
}

function words(name: string): string {
  return name.replaceAll('_', ' ');
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? clockTime(value) : value;
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
