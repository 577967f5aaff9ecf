import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import request from 'supertest';
import { addWebhook, bearer, recruiter, service } from '../client.js';
import type { TestServer } from '../server.js';

/* The agencies of the large log: a large one with six webhooks, and one with a hundredth of its deliveries. */

export interface LogOwner {
  agencyId: string;
  webhooks: { id: string; description: string }[];
  /** An API key that can read. */
  key: string;
}

const WEBHOOKS: { description: string; events: string[]; off?: true }[] = [
  { description: 'Reporting database', events: ['*'] },
  { description: 'Payroll sync', events: ['application.*', 'placement.created'] },
  { description: 'ATS mirror', events: ['interview.*', 'offer.*'] },
  { description: 'Video archive', events: ['video.*'] },
  { description: 'Hiring channel', events: ['placement.created', 'offer.accepted'] },
  { description: 'Old CRM', events: ['offer.*'], off: true },
];

const urlOf = (description: string): string => `https://${description.toLowerCase().replace(' ', '-')}.example/bpoc`;

/** The demo agency. */
export async function largeAgency(server: TestServer): Promise<LogOwner> {
  const webhooks: LogOwner['webhooks'] = [];
  for (const { description, events, off } of WEBHOOKS) {
    const { id } = await addWebhook(server, { description, events, url: urlOf(description) });
    if (off) await recruiter(server).patch(`/api/recruiter/webhooks/${id}`).send({ is_active: false }).expect(200);
    webhooks.push({ id, description });
  }
  return { agencyId: server.demo.agencyId, webhooks, key: server.demo.apiKey };
}

export async function smallAgency(server: TestServer): Promise<LogOwner> {
  const agencyId = randomUUID();
  const owner = { email: 'owner@small.example' };
  const made = await service(server).put(`/api/internal/agencies/${agencyId}`).send({ name: 'Small', owner });
  const token = String(made.body.owner.invite_url).split('#')[1];
  const person = request.agent(server.url);
  await person.post('/api/auth/invite').send({ token, password: 'correct horse battery' }).expect(200);
  const { body } = await person.post('/api/recruiter/api-keys').send({ name: 'Log', role: 'owner' }).expect(201);
  const key = String(body.token);
  const webhooks: LogOwner['webhooks'] = [];
  for (const { description, events } of WEBHOOKS.slice(0, 2)) {
    const asked = { description, events, url: urlOf(description) };
    const answer = await bearer(server.url, key).post('/api/recruiter/webhooks').send(asked);
    expect(answer.status).toBe(201);
    webhooks.push({ id: answer.body.id as string, description });
  }
  return { agencyId, webhooks, key };
}
