import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import request from 'supertest';
import type { Demo, Served } from './server.js';

/* The server as its callers see it: over HTTP, with a key or token, answers as JSON. */

export interface Webhook {
  id: string;
  url: string;
  events: string[];
  is_active: boolean;
  off_reason: string | null;
  secret_last4: string;
  health: string;
}

interface Attempt {
  n: number;
  started_at: string;
  outcome: string;
  reason: string;
  response_status: number | null;
  duration_ms: number | null;
  reconnected: boolean;
  /** Another worker had taken over: the attempt is recorded but changed nothing. */
  fenced: boolean;
}

export interface Delivery {
  id: string;
  webhook: { id: string; deleted: boolean };
  event_id: string;
  event: string;
  test: boolean;
  status: string;
  attempts: number;
  response_status: number | null;
  reason: string | null;
  next_attempt_at: string | null;
}

export type DeliveryDetail = Delivery & { max_attempts: number; timeline: Attempt[] };

export interface Receipt {
  id: string;
  deliveries: number;
}

export interface EventToPublish {
  id?: string;
  type: string;
  agencyId: string;
  occurredAt?: string;
  data: Record<string, unknown>;
}

type Agent = ReturnType<typeof request.agent>;

/** Requests with a bearer token; null sends none. */
export function bearer(url: string, token: string | null): Agent {
  const agent = request.agent(url);
  return token === null ? agent : agent.set('authorization', `Bearer ${token}`);
}

/** An owner of the demo agency with its API key. */
export const recruiter = (server: Served): Agent => bearer(server.url, server.demo.apiKey);

/** An internal service of the platform. */
export const service = (server: Served): Agent => bearer(server.url, server.demo.serviceToken);

export interface CreatedWebhook extends Webhook {
  secret: string;
}

/** Adds a webhook to the demo agency; default: subscribed to everything. */
export async function addWebhook(
  server: Served,
  webhook: { url: string; events?: string[]; retry_plan?: string; description?: string; traceparent?: boolean },
): Promise<CreatedWebhook> {
  const response = await recruiter(server)
    .post('/api/recruiter/webhooks')
    .send({ events: ['*'], ...webhook });
  expect({ status: response.status, body: response.body }).toMatchObject({ status: 201 });
  return response.body as CreatedWebhook;
}

/** The documented example for the demo agency, with random ids so that tests do not interfere. */
export function applicationCreated(server: Served, data: Record<string, unknown> = {}): EventToPublish {
  return {
    type: 'application.created',
    agencyId: server.demo.agencyId,
    data: {
      applicationId: randomUUID(),
      jobId: 'uuid-456',
      candidateId: 'uuid-789',
      candidateName: 'Maria Santos',
      candidateEmail: 'maria@example.com',
      jobTitle: 'Customer Service Representative',
      ...data,
    },
  };
}

/** Another type, for webhooks that must not get the first. */
export function offerSent({ demo: { agencyId } }: { demo: Pick<Demo, 'agencyId'> }): EventToPublish {
  const ids = { offerId: randomUUID(), applicationId: 'uuid-123', candidateId: 'uuid-789' };
  return { type: 'offer.sent', agencyId, data: { ...ids, sentAt: '2026-01-22T10:30:00.000Z' } };
}

/** Publishes as an internal service does; fails the test unless it is accepted. */
export async function publish(server: Served, event: EventToPublish): Promise<Receipt> {
  const response = await service(server).post('/api/internal/events').send(event);
  expect({ status: response.status, body: response.body }).toMatchObject({ status: 202 });
  return response.body as Receipt;
}

/** The deliveries of one webhook, newest first; tests included when `test` is `any`. */
export async function deliveriesOf(server: Served, webhookId: string, test = 'false'): Promise<Delivery[]> {
  const response = await recruiter(server)
    .get('/api/recruiter/deliveries')
    .query({ webhook_id: webhookId, test, limit: 100 });
  expect(response.status).toBe(200);
  return (response.body as { data: Delivery[] }).data;
}

export async function deliveryDetail(server: Served, id: string): Promise<DeliveryDetail> {
  const response = await recruiter(server).get(`/api/recruiter/deliveries/${id}`);
  expect(response.status).toBe(200);
  return response.body as DeliveryDetail;
}

/** The only delivery of a webhook that has exactly one. */
export async function onlyDelivery(server: Served, webhookId: string): Promise<DeliveryDetail> {
  const [delivery, ...others] = await deliveriesOf(server, webhookId);
  expect(delivery).toBeDefined();
  expect(others).toEqual([]);
  return deliveryDetail(server, delivery!.id);
}

interface ProblemBody {
  status: number;
  code: string;
  detail: string;
  request_id: string;
  errors?: { field: string; code: string; message: string }[];
}

/** Checks that an answer is a problem with this status and code, and returns it. */
export function problemOf(response: request.Response, status: number, code: string): ProblemBody {
  expect({ status: response.status, body: response.body as unknown }).toMatchObject({ status, body: { status, code } });
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = response.body as ProblemBody;
  expect(problem.request_id).toMatch(/\S/);
  return problem;
}
