import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import type { TestResult, WebhookDetail } from '../../../api/types';
import { accessibilityProblems } from '../../../test/accessibility';
import { type Asked, connectionLost, FakeServer, json, owner } from '../../../test/fake-server';
import {
  catalogue,
  content,
  counts,
  delivery,
  failedDelivery,
  failingWebhook,
  failureGroups,
  webhookDetail,
} from '../../../test/samples';
import { showApp } from '../../../test/show-app';

const PATH = '/recruiter/api/webhooks/w1';
const ONE = 'GET /api/recruiter/webhooks/w1';
const TEST = 'POST /api/recruiter/webhooks/w1/test';
const DELIVERIES = 'GET /api/recruiter/deliveries';

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on('GET /api/recruiter/deliveries/counts', { ...counts, waiting: { count: 3, capped: false } })
    .on('GET /api/recruiter/failure-groups', failureGroups())
    .on(ONE, webhookDetail({ recent_deliveries: [delivery()] }))
    .on(TEST, passed());
});

async function openTest() {
  const app = showApp(PATH);
  await app.user.click(await screen.findByRole('button', { name: 'Send test' }));
  return { ...app, dialog: within(await screen.findByRole('dialog', { name: 'Test Payroll sync' })) };
}

describe('a test', () => {
  it('shows the message before it is sent, of whichever event is chosen', async () => {
    const { user, dialog } = await openTest();
    await user.click(dialog.getByText('See the message we will send'));
    const message = () => dialog.getByLabelText('Message', { selector: 'pre' }).textContent;
    expect(message()).toContain('"event": "webhook.test"');
    await user.selectOptions(dialog.getByLabelText('Event'), 'application.created');
    expect(message()).toContain('"applicationId": "uuid-123"');
    expect(server.to(TEST)).toEqual([]);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('says to the second when it was sent', async () => {
    const { user, dialog } = await openTest();
    await user.click(dialog.getByRole('button', { name: 'Send test' }));
    const sent = await dialog.findByText(/^Sent \d\d:\d\d:11$/);
    expect(sent.closest('p')?.textContent).toMatch(/^Sent \d\d:\d\d:11 · answered 200 OK · 184 ms$/);
    expect(dialog.queryByText(/It answers again/)).toBeNull();
  });

  it('says what an answer is that is no text', async () => {
    const result = passed();
    server.on(TEST, {
      ...result,
      attempt: { ...result.attempt, response_body: '00ff', response_body_encoding: 'hex' },
    });
    const { user, dialog } = await openTest();
    await user.click(dialog.getByRole('button', { name: 'Send test' }));
    await user.click(await dialog.findByText('See their answer'));
    expect(dialog.getByLabelText('Answer: bytes that are no text', { selector: 'pre' }).textContent).toBe('00ff');
  });

  it('does not open messages that are on screen again: each opening is written to the audit log', async () => {
    const CONTENT = 'GET /api/recruiter/deliveries/d1/content';
    server.on('GET /api/recruiter/deliveries/d1', failedDelivery({ id: 'd1' })).on(CONTENT, content);
    server.on('GET /api/recruiter/webhooks', { data: [], next_cursor: null });
    const { user } = showApp(`${PATH}?delivery=d1`);
    await user.click(await screen.findByRole('tab', { name: 'Sent' }));
    await waitFor(() => expect(server.to(CONTENT)).toHaveLength(1));
    await user.click(await screen.findByRole('button', { name: 'Send test' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Test Payroll sync' }));
    const before = server.to('GET /api/recruiter/deliveries/d1').length;
    await user.click(dialog.getByRole('button', { name: 'Send test' }));
    await waitFor(() => expect(server.to('GET /api/recruiter/deliveries/d1').length).toBeGreaterThan(before));
    expect(server.to(CONTENT)).toHaveLength(1);
  });
});

describe('a test that goes well although the webhook fails', () => {
  const RESEND = (id: string) => `POST /api/recruiter/deliveries/${id}/resend`;
  const paused: Partial<WebhookDetail> = { ...failingWebhook, health: 'paused', recent_deliveries: [delivery()] };
  const pending = [delivery({ id: 'd3', status: 'waiting' }), delivery({ id: 'd2', status: 'waiting' })];

  beforeEach(() => {
    server
      .on(DELIVERIES, ({ search }: Asked) => {
        expect(search.getAll('status').join()).toBe('waiting,retrying');
        return json({ data: pending, next_cursor: null });
      })
      .on(RESEND('d2'), () => json(delivery({ id: 'd2', status: 'waiting' }), 202))
      .on(RESEND('d3'), () => json(delivery({ id: 'd3', status: 'waiting' }), 202));
  });

  async function test() {
    const app = await openTest();
    await app.user.click(app.dialog.getByRole('button', { name: 'Send test' }));
    expect(await app.dialog.findByText('It answers again. Send the 3 waiting deliveries now?')).toBeTruthy();
    return app;
  }

  it('offers to send what waits: the oldest opens a paused one, the others follow by themselves', async () => {
    server.on(ONE, webhookDetail(paused));
    const { user, dialog } = await test();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(dialog.getByRole('button', { name: 'Send them now' }));
    await waitFor(() => expect(dialog.queryByText(/It answers again/)).toBeNull());
    expect([server.to(RESEND('d2')).length, server.to(RESEND('d3')).length]).toEqual([1, 0]);
  });

  it('sends each of a webhook that fails without being paused', async () => {
    server.on(ONE, webhookDetail({ ...paused, health: 'failing' }));
    const { user, dialog } = await test();
    await user.click(dialog.getByRole('button', { name: 'Send them now' }));
    await waitFor(() => expect(dialog.queryByText(/It answers again/)).toBeNull());
    expect([server.to(RESEND('d2')).length, server.to(RESEND('d3')).length]).toEqual([1, 1]);
  });

  it('says so when that cannot be sent', async () => {
    server.on(ONE, webhookDetail(paused)).on(RESEND('d2'), connectionLost);
    const { user, dialog } = await test();
    await user.click(dialog.getByRole('button', { name: 'Send them now' }));
    expect((await dialog.findByRole('alert')).textContent).toContain('We could not reach BPOC.');
  });
});

function passed(): TestResult {
  return {
    delivery_id: 'd9',
    event_id: 'e9',
    event: 'webhook.test',
    status: 'delivered',
    attempt: {
      n: 1,
      started_at: '2026-01-22T10:30:11.000Z',
      outcome: 'succeeded',
      reason: 'ok',
      fenced: false,
      response_status: 200,
      duration_ms: 184,
      timing: { dns_ms: null, connect_ms: 20, tls_ms: 31, first_byte_ms: 133 },
      reconnected: false,
      detail: null,
      certificate_expired_at: null,
      mails: null,
      version: 1,
      address: 'https://hooks.payroll.example/bpoc',
      request_headers: {},
      response_headers: {},
      response_body: null,
      response_body_encoding: null,
      response_truncated: false,
    },
    answer_excerpt: null,
    body: '{"event":"webhook.test"}',
  };
}
