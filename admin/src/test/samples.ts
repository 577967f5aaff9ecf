import type {
  Delivery,
  DeliveryContent,
  DeliveryDetail,
  EventTypeList,
  FailureGroup,
  FailureGroups,
  Recovery,
  RecoveryPlan,
  Webhook,
  WebhookDetail,
  WebhookProblem,
} from '../api/types';

/** Minimal objects as the server sends them; a test overrides what it is about. */

export const catalogue: EventTypeList = {
  groups: [
    { pattern: 'application.*', title: 'Applications' },
    { pattern: 'offer.*', title: 'Offers' },
  ],
  data: [
    eventType('application.created', 'application', 'New application'),
    eventType('application.status_changed', 'application', 'Moved to another status'),
    eventType('offer.sent', 'offer', 'Offer sent'),
  ],
};

function eventType(
  type: string,
  group: EventTypeList['data'][number]['group'],
  title: string,
): EventTypeList['data'][number] {
  return {
    type,
    group,
    title,
    description: `Sent when: ${title}.`,
    version: 1,
    fields: [
      { name: 'applicationId', type: 'id', required: true, description: 'The application', example: 'uuid-123' },
    ],
    schema: {},
    example: { event: type, timestamp: '2026-01-22T10:30:00.000Z', data: { applicationId: 'uuid-123' } },
  };
}

/** The 24 hours up to 10:00 UTC of the samples' day; @param busy delivered and failed by index, 23 is this hour. */
function lastHours(
  busy: Record<number, [delivered: number, failed: number, pending?: number]> = {},
): Webhook['last_24h']['hours'] {
  const end = Date.parse('2026-01-22T10:00:00.000Z');
  return Array.from({ length: 24 }, (_, n) => {
    const [delivered, failed, pending = 0] = busy[n] ?? [0, 0];
    return { start: new Date(end - (23 - n) * 3_600_000).toISOString(), delivered, failed, pending };
  });
}

export function webhook(more: Partial<Webhook> = {}): Webhook {
  return {
    id: 'w1',
    kind: 'endpoint',
    style: null,
    traceparent: false,
    pace: null,
    content: 'full',
    conditions: null,
    outdated_conditions: [],
    recipients: null,
    url: 'https://hooks.payroll.example/bpoc',
    description: 'Payroll sync',
    external_key: null,
    events: ['application.*'],
    is_active: true,
    off_reason: null,
    inbox_id: null,
    off_at: null,
    retry_plan: 'standard',
    header_names: [],
    secret_last4: 'k9Qz',
    secret_created_at: '2026-01-22T10:00:00.000Z',
    previous_secret: null,
    secret_switched: true,
    health: 'healthy',
    failures_in_a_row: 0,
    failing_since: null,
    paused_until: null,
    held_until: null,
    last_delivery: { at: '2026-01-22T10:30:00.000Z', response_status: 200, reason: 'ok' },
    not_delivered: { count: 0, capped: false, since: null },
    last_24h: { delivered: 12, failed: 0, failed_attempts: 0, left_out: 0, hours: lastHours({ 23: [12, 0] }) },
    created_at: '2026-01-22T10:00:00.000Z',
    updated_at: '2026-01-22T10:00:00.000Z',
    ...more,
  };
}

export const failingWebhook = webhook({
  health: 'failing',
  failures_in_a_row: 14,
  failing_since: '2026-01-22T10:00:00.000Z',
  last_delivery: { at: '2026-01-22T10:30:00.000Z', response_status: 503, reason: 'down' },
  not_delivered: { count: 42, capped: false, since: '2026-01-22T10:00:00.000Z' },
  last_24h: {
    delivered: 3,
    failed: 42,
    failed_attempts: 60,
    left_out: 0,
    hours: lastHours({ 21: [3, 0], 22: [0, 40], 23: [0, 2, 12] }),
  },
});

export function webhookDetail(more: Partial<WebhookDetail> = {}): WebhookDetail {
  return {
    ...webhook(),
    recent_deliveries: [],
    series: { hourly: [], six_hourly: [], daily: [] },
    answer_time: null,
    ...more,
  };
}

export function delivery(more: Partial<Delivery> = {}): Delivery {
  return {
    id: 'd1',
    webhook: {
      id: 'w1',
      kind: 'endpoint',
      url: 'https://hooks.payroll.example/bpoc',
      description: 'Payroll sync',
      is_active: true,
      deleted: false,
    },
    event_id: 'e1',
    event: 'application.created',
    test: false,
    about: null,
    subject: { kind: 'application', id: 'A-1042' },
    status: 'delivered',
    attempts: 1,
    response_status: 200,
    reason: 'ok',
    duration_ms: 184,
    next_attempt_at: null,
    created_at: '2026-01-22T10:30:00.000Z',
    finished_at: '2026-01-22T10:30:00.200Z',
    delivered_in: null,
    ...more,
  };
}

export function failedDelivery(more: Partial<DeliveryDetail> = {}): DeliveryDetail {
  return {
    ...delivery({ status: 'failed', attempts: 2, response_status: 503, reason: 'down', duration_ms: 92 }),
    retry_plan: 'standard',
    max_attempts: 4,
    waits: null,
    event_detail: {
      id: 'e1',
      type: 'application.created',
      occurred_at: '2026-01-22T10:30:00.000Z',
      accepted_at: '2026-01-22T10:30:00.000Z',
      test: false,
      size_bytes: 200,
      purged_at: null,
    },
    timeline: [attempt(1, null, 'timeout'), attempt(2, 503, 'down')],
    answers: [],
    resends: [],
    ...more,
  };
}

function attempt(n: number, status: number | null, reason: DeliveryDetail['timeline'][number]['reason']) {
  return {
    n,
    started_at: `2026-01-22T10:3${n}:00.000Z`,
    outcome: 'failed' as const,
    reason,
    fenced: false,
    response_status: status,
    duration_ms: reason === 'timeout' ? 10_030 : 92,
    timing: { dns_ms: 4, connect_ms: 20, tls_ms: 31, first_byte_ms: status === null ? null : 37 },
    reconnected: false,
    detail: null,
    certificate_expired_at: null,
    mails: null,
    version: 1,
    address: 'https://hooks.payroll.example/bpoc',
  };
}

export const content: DeliveryContent = {
  body: '{"event":"application.created","timestamp":"2026-01-22T10:30:00.000Z","data":{"applicationId":"A-1042"}}',
  purged_at: null,
  attempts: [
    {
      n: 1,
      request_headers: { 'x-webhook-attempt': '1' },
      response_headers: null,
      response_body: null,
      response_body_encoding: null,
      response_truncated: false,
    },
    {
      n: 2,
      request_headers: { 'x-webhook-attempt': '2' },
      response_headers: { 'content-type': 'text/html' },
      response_body: '<b>down</b>',
      response_body_encoding: 'utf-8',
      response_truncated: false,
    },
  ],
};

export const counts = Object.fromEntries(
  ['total', 'waiting', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled'].map((name) => [
    name,
    { count: name === 'total' || name === 'delivered' ? 1 : 0, capped: false },
  ]),
);

/** Failures of the last 24 hours, as many groups as asked for. */
export function failureGroups(...groups: Partial<FailureGroup>[]): FailureGroups {
  const group: FailureGroup = {
    webhook: delivery().webhook,
    reason: 'down',
    count: 42,
    failed: 30,
    retrying: 12,
    first_at: '2026-01-22T10:00:00.000Z',
    last_at: '2026-01-22T10:30:00.000Z',
    oldest_delivery_id: 'd0',
    newest_delivery_id: 'd1',
  };
  return {
    data: groups.map((more) => ({ ...group, ...more })),
    from: '2026-01-21T12:00:00.000Z',
    to: '2026-01-22T12:00:00.000Z',
    capped: false,
  };
}

/** What a new webhook could still get. */
export function pastPlan(more: Partial<RecoveryPlan> = {}): RecoveryPlan {
  const left_out = { webhook_off: 0, purged: 0, conditions: 0, in_log: 0 };
  return { plan_id: 'r1', count: 0, left_out, per_second: 50, first: [], ...more };
}

/** A running bulk resend of 42. */
export function recovery(more: Partial<Recovery> = {}): Recovery {
  return {
    id: 'r1',
    webhook_id: null,
    status: 'running',
    count: 42,
    resent: 31,
    passed_over: 0,
    delivered: 29,
    failed: 2,
    retrying: 0,
    paused: false,
    created_by: 'Otto Owner',
    created_at: '2026-01-22T10:00:00.000Z',
    started_at: '2026-01-22T10:00:00.000Z',
    begins_at: '2026-01-22T10:00:10.000Z',
    finished_at: null,
    ...more,
  };
}

/** What is wrong with the failing webhook. */
export function webhookProblem(more: Partial<WebhookProblem> = {}): WebhookProblem {
  return {
    id: 'w1',
    answer: {
      delivery_id: 'd1',
      at: '2026-01-22T10:32:00.000Z',
      reason: 'down',
      response_status: 503,
      text: '{"error":"maintenance until 16:00"}',
    },
    acknowledged: null,
    muted: null,
    ...more,
  };
}
