import type { OpenAPIObject } from '@nestjs/swagger';
import { exampleData, findEvent } from '../events/catalogue/catalogue.js';

/* An example, or several with names, for each operation with a body. A test validates them against their schemas. */

export const AN_ID = '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21';
const A_PASSWORD = 'correct horse battery staple';

const example = (value: object) => ({ example: value });
const several = (named: Record<string, [summary: string, value: unknown]>) => ({
  examples: Object.fromEntries(Object.entries(named).map(([name, [summary, value]]) => [name, { summary, value }])),
});

const event = (type: string) => ({ type, agencyId: AN_ID, data: exampleData(findEvent(type)!) });

const EXAMPLES: Record<string, { example: object } | { examples: object }> = {
  'post /api/auth/forgot-password': example({ email: 'anna@agency.example' }),
  'post /api/auth/reset-password': example({ token: 'bpoc_rst_…', password: A_PASSWORD }),
  'post /api/auth/invite': example({ token: 'Yf3x0c8m5R7ZqvW2kT1bN9sHd6LpEaUj4GiQoXnV0rM', password: A_PASSWORD }),
  'post /api/auth/codes': example({ client: 'bpoc-webhooks on anna-laptop' }),
  'post /api/auth/codes/key': example({ device_code: 'bpoc_dev_…' }),
  'post /api/auth/revoke-key': example({ key: 'bpoc_key_…' }),
  'post /api/recruiter/sign-in-codes/find': example({ user_code: 'BCDF-GHJK' }),
  'post /api/recruiter/sign-in-codes/answer': several({
    allow: ['Let it sign in', { user_code: 'BCDF-GHJK', allow: true, role: 'member' }],
    refuse: ['Refuse', { user_code: 'BCDF-GHJK', allow: false }],
  }),
  'post /api/auth/login': example({ email: 'anna@agency.example', password: A_PASSWORD }),
  'post /api/auth/password': example({ current_password: A_PASSWORD, new_password: 'another horse without batteries' }),
  'put /api/internal/agencies/{id}': example({
    name: 'North Star Recruiting',
    owner: { email: 'anna@agency.example', name: 'Anna Berg' },
  }),
  'post /api/internal/events': several({
    one: ['One event', { id: 'application-4711-created', ...event('application.created') }],
    many: ['Several, all or none', [event('offer.sent'), event('offer.accepted')]],
  }),
  'post /api/recruiter/api-keys': example({
    name: 'ATS integration',
    role: 'viewer',
    expires_at: '2099-12-31T00:00:00Z',
  }),
  'post /api/recruiter/listeners': example({ url: 'http://localhost:3000/webhooks/bpoc', events: ['application.*'] }),
  'post /api/recruiter/listeners/{id}/answers': several({
    answered: [
      'The local address answered',
      { request_id: AN_ID, status: 200, headers: { 'content-type': 'text/plain' }, body: 'OK' },
    ],
    failed: ['It did not', { request_id: AN_ID, failure: 'refused' }],
  }),
  'post /api/recruiter/members': example({ email: 'ben@agency.example', role: 'viewer', name: 'Ben Okafor' }),
  'patch /api/me': example({ digest: 'daily' }),
  'patch /api/recruiter/members/{id}': example({ role: 'member' }),
  'post /api/recruiter/problems/{id}/acknowledge': example({ note: 'Called their help desk: back at 10.' }),
  'post /api/recruiter/conditions/preview': example({
    events: ['application.*'],
    conditions: [
      { event: 'application.status_changed', all: [{ field: 'newStatus', op: 'changed_to', value: 'hired' }] },
    ],
  }),
  'post /api/recruiter/recoveries': several({
    plan: [
      'First step: what would be sent',
      { filter: { status: ['failed'], reason: 'down', from: '2026-01-22T10:30:00Z' }, dry_run: true },
    ],
    chosen: ['First step, for chosen deliveries', { filter: { delivery_ids: [AN_ID] }, dry_run: true }],
    past: [
      'First step, for events that a webhook did not get',
      { include_past: { webhook_id: AN_ID, days: 7 }, dry_run: true },
    ],
    run: ['Second step: send it', { plan_id: AN_ID }],
  }),
  'put /api/recruiter/webhooks/by-key/{external_key}': example({
    url: 'https://hooks.payroll.example/bpoc',
    events: ['application.*', 'offer.accepted'],
  }),
  'post /api/recruiter/webhooks': several({
    endpoint: [
      'An address of your own system',
      {
        url: 'https://hooks.payroll.example/bpoc',
        events: ['application.*', 'offer.accepted'],
        description: 'Payroll sync',
        retry_plan: 'standard',
        headers: { 'x-tenant': 'north' },
      },
    ],
    mail: ['Mails', { kind: 'email', recipients: ['ann@recruiting.example'], events: ['offer.accepted'] }],
  }),
  'patch /api/recruiter/webhooks/{id}': several({
    off: ['Switch it off', { is_active: false }],
    settings: ['Other events, and a header less', { events: ['*'], headers: { 'x-tenant': null } }],
  }),
  'put /api/recruiter/webhooks/{id}/alerts': example({ emails: ['ops@agency.example'], url: null }),
  'post /api/recruiter/webhooks/{id}/recipients/ask': example({ email: 'ann@recruiting.example' }),
  'post /api/recruiter/webhooks/{id}/secret': several({
    overlap: ['Both secrets sign for a day', { overlap_seconds: 86_400 }],
    leaked: ['The old one leaked: end it now', { overlap_seconds: 0 }],
  }),
  'post /api/recruiter/webhooks/{id}/test': several({
    plain: ['The test event', {}],
    sample: ['A sample of an event', { event: 'application.created' }],
  }),
  'post /api/recruiter/webhooks/{id}/handover': several({
    secret: ['With the secret that was just shown', { secret: 'whsec_BAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICE=' }],
    later: ['Later: without a secret', {}],
  }),
  'post /api/shared/open': example({ token: 'bpoc_lnk_…' }),
  'post /api/shared/secret': example({ token: 'bpoc_lnk_…' }),
  'post /api/shared/test': example({ token: 'bpoc_lnk_…', event: 'application.created' }),
  'post /inbox/{token}': example({
    event: 'application.created',
    timestamp: '2026-01-22T10:30:00.000Z',
    data: exampleData(findEvent('application.created')!),
  }),
};

export function addExample(
  method: string,
  path: string,
  operation: NonNullable<OpenAPIObject['paths'][string]['get']>,
): void {
  const body = operation.requestBody;
  if (body && 'content' in body) Object.assign(body.content['application/json'] ?? {}, EXAMPLES[`${method} ${path}`]);
}
