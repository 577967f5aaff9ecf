import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import request from 'supertest';
import { addWebhook, publish, recruiter, type CreatedWebhook, type Delivery } from './client.js';
import { eventually } from './eventually.js';
import type { Receiver } from './receiver.js';
import type { TestServer } from './server.js';

/* An agency after a busy morning: webhooks with every health, deliveries in every state, people of every role. */

/** Short enough to fail within seconds, long enough to be seen retrying. */
export const AGENCY_ENV = { DELAY_SCALE: '0.003' };

export interface Person {
  email: string;
  password: string;
}

export interface SeededAgency {
  payroll: CreatedWebhook;
  ats: CreatedWebhook;
  reports: CreatedWebhook;
  oldCrm: CreatedWebhook;
  inbox: CreatedWebhook;
  owner: Person;
  viewer: Person;
  member: Person;
  /** Opens the page where an invited person chooses a password. */
  inviteUrl: string;
  /** A delivery in this state. */
  deliveryIn(status: string): Promise<Delivery>;
}

const patient = { timeoutMs: 40_000 };
const ID = () => randomUUID();

export async function seedAgency(server: TestServer, receiver: Receiver): Promise<SeededAgency> {
  const { email, password } = server.demo;
  const add = (description: string, path: string, events: string[]) =>
    addWebhook(server, { description, events, url: receiver.url(path) });
  receiver.script(
    '/ats',
    200,
    200,
    ...Array.from({ length: 4000 }, () => ({ status: 503, body: '{"error":"maintenance until 16:00"}' })),
  );
  receiver.script('/reports', ...Array.from({ length: 4000 }, () => 'reset' as const));
  const payroll = await add('Payroll sync', '/payroll', ['application.*', 'placement.created']);
  const ats = await add('ATS mirror', '/ats', ['interview.*']);
  const reports = await add('Reporting database', '/reports', ['*']);
  const oldCrm = await add('Old CRM', '/crm', ['offer.*']);
  const made = await recruiter(server).post('/api/recruiter/inboxes').send();
  const inbox = await addWebhook(server, { description: 'Test inbox', events: ['offer.*'], url: made.body.url });
  await recruiter(server).patch(`/api/recruiter/webhooks/${oldCrm.id}`).send({ is_active: false });

  const owner = { email, password };
  const session = request.agent(server.url);
  await session.post('/api/auth/login').send(owner).expect(200);
  const member = await invite(server, session, 'Milo Member', 'member');
  const viewer = await invite(server, session, 'Vera Viewer', 'viewer');
  const invited = await session
    .post('/api/recruiter/members')
    .send({ email: 'nora@agency.example', name: 'Nora Newcomer', role: 'admin' })
    .expect(201);
  await session.post('/api/recruiter/api-keys').send({ name: 'Dashboard', role: 'viewer' }).expect(201);

  await recruiter(server).post(`/api/recruiter/webhooks/${inbox.id}/test`).send({}).expect(200);
  await recruiter(server)
    .post(`/api/recruiter/webhooks/${payroll.id}/secret`)
    .send({ overlap_seconds: 86_400 })
    .expect(200);
  await publishMorning(server);
  const healths = async (): Promise<string[]> => {
    const { body } = await recruiter(server).get('/api/recruiter/webhooks');
    return (body as { data: { health: string }[] }).data.map(({ health }) => health);
  };
  const find = async (status: string): Promise<Delivery | undefined> => {
    const { body } = await recruiter(server).get('/api/recruiter/deliveries').query({ status, limit: 1 });
    return (body as { data: Delivery[] }).data[0];
  };
  const deliveryIn = async (status: string): Promise<Delivery> => {
    // The probes of the paused webhook use up their plans.
    if (status === 'waiting' && !(await find(status))) await publishInterviews(server);
    return eventually(
      async () => (await find(status)) ?? Promise.reject(new Error(`no delivery is ${status}`)),
      patient,
    );
  };
  await eventually(
    async () => expect(await healths()).toEqual(expect.arrayContaining(['healthy', 'failing', 'paused', 'off'])),
    patient,
  );
  // Deliveries during the pause wait.
  await publishInterviews(server);
  const waiting = await deliveryIn('waiting');
  await recruiter(server).post(`/api/recruiter/deliveries/${waiting.id}/cancel`).send();
  await deliveryIn('failed');
  const inviteUrl = (invited.body as { invite_url: string }).invite_url;
  return { payroll, ats, reports, oldCrm, inbox, owner, viewer, member, inviteUrl, deliveryIn };
}

async function invite(
  server: TestServer,
  session: ReturnType<typeof request.agent>,
  name: string,
  role: string,
): Promise<Person> {
  const email = `${name.split(' ')[0]!.toLowerCase()}@agency.example`;
  const { body } = await session.post('/api/recruiter/members').send({ email, name, role }).expect(201);
  const token = (body as { invite_url: string }).invite_url.split('#')[1];
  const password = 'correct horse battery';
  await request(server.url).post('/api/auth/invite').send({ token, password }).expect(200);
  return { email, password };
}

async function publishInterviews(server: TestServer): Promise<void> {
  for (let n = 0; n < 6; n++) {
    const outcome = { interviewId: ID(), applicationId: `A-${1040 + n}`, candidateId: `C-${310 + n}` };
    const data = { ...outcome, completedAt: '2026-01-22T10:30:00.000Z', interviewType: 'client_round_1' };
    await publish(server, { type: 'interview.completed', agencyId: server.demo.agencyId, data });
  }
}

/** A few dozen events about the same candidates. */
async function publishMorning(server: TestServer): Promise<void> {
  const { agencyId } = server.demo;
  const say = (type: string, data: Record<string, unknown>) => publish(server, { type, agencyId, data });
  for (let n = 0; n < 8; n++) {
    const [applicationId, candidateId, jobId] = [`A-${1040 + n}`, `C-${310 + n}`, `J-${20 + (n % 3)}`];
    const candidateName = ['Maria Santos', 'Jonas Weber', 'Aiko Tanaka', 'Liam O’Brien'][n % 4];
    const person = { applicationId, candidateId, jobId };
    await say('application.created', {
      ...person,
      candidateName,
      candidateEmail: `candidate${n}@example.com`,
      jobTitle: 'Customer Service Representative',
    });
    if (n % 2 === 0)
      await say('application.status_changed', { ...person, oldStatus: 'applied', newStatus: 'shortlisted' });
    const { jobId: _job, ...known } = person;
    if (n < 4)
      await say('interview.scheduled', {
        ...known,
        interviewId: ID(),
        scheduledAt: '2026-02-01T10:00:00.000Z',
        interviewType: 'client_round_1',
        meetingLink: 'https://meet.example.com/abc',
      });
    if (n % 3 === 0) await say('offer.sent', { ...known, offerId: `O-${n}`, sentAt: '2026-01-22T10:30:00.000Z' });
  }
  await say('placement.created', {
    placementId: 'P-77',
    applicationId: 'A-1041',
    jobId: 'J-21',
    candidateId: 'C-311',
    startDate: '2026-02-01',
  });
}
