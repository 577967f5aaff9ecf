import { beforeEach, expect } from '@jest/globals';
import request from 'supertest';
import { eventually } from './eventually.js';
import { addPerson } from './person.js';
import { type ReceivedMail, smtpPerFile, textOf } from './smtp.js';
import { EVENT_DEFINITIONS, exampleData } from '../src/events/catalogue/catalogue.js';
import { DomainEvents } from '../src/events/domain-events.js';
import { agencyPerTest, apiPerFile } from './api-app.js';

export const PUBLIC_URL = 'https://bpoc.example';
export const APPLICATION_CREATED = EVENT_DEFINITIONS.find(({ type }) => type === 'application.created')!;

/** Webhooks that send mails, through a real mail server: an agency with a team for each test. */
export function mailWebhooks() {
  /** The answers of the mail server by recipient. */
  const answers = new Map<string, string | (() => Promise<string>)>();
  const answerTo = (to: string) => {
    const answer = answers.get(to) ?? null;
    return typeof answer === 'function' ? answer() : answer;
  };
  /** Gives this answer once, however soon the next mail comes. */
  const answerOnce = (to: string, answer: string) =>
    answers.set(to, async () => {
      answers.delete(to);
      return answer;
    });
  const smtp = smtpPerFile({ answer: answerTo });
  const api = apiPerFile(() => ({ SMTP_URL: smtp.url, PUBLIC_URL, DELAY_SCALE: '0.002', MAILS_PER_HOUR: '60' }));
  const agency = agencyPerTest(api);
  /** Addresses of an owner and a member. */
  const team: string[] = [];
  beforeEach(async () => {
    answers.clear();
    smtp.mails.length = 0;
    team.length = 0;
    for (const role of ['owner', 'member'] as const) team.push((await addPerson(api, agency.id, role)).email);
  });
  const publish = (data: object = exampleData(APPLICATION_CREATED)) =>
    api.app.get(DomainEvents).publish({ type: APPLICATION_CREATED.type, agencyId: agency.id, data });
  /** Without its pace of 10 a minute, at which every second mail would wait for 6 s. */
  const add = async (recipients: string[], more: object = {}) => {
    const { body } = await agency.ask('post', '/webhooks', { kind: 'email', recipients, events: ['*'], ...more });
    await api.sql('update webhook_flow set every_ms = 1 where webhook_id = $1', [body.id]);
    return body;
  };
  const statesOf = async (id: string) => {
    const { body } = await agency.ask('get', `/webhooks/${id}`);
    return Object.fromEntries(
      (body.recipients as { email: string; state: string }[]).map(({ email, state }) => [email, state]),
    );
  };
  const settled = (webhookId: string, status: RegExp | string) =>
    eventually(async () => {
      const [row] = (await agency.ask('get', `/deliveries?webhook_id=${webhookId}`)).body.data;
      expect(row?.status).toMatch(status);
      return row as { id: string; status: string; reason: string; response_status: number | null };
    });
  const dueLate = (id: string) =>
    api.sql('select from attempt_mails where delivery_id = $1 and retry_at <= now()', [id]);
  const timelineOf = async (id: string) => (await agency.ask('get', `/deliveries/${id}`)).body.timeline;
  const to = (email: string): ReceivedMail[] => smtp.mails.filter((mail) => mail.to.includes(email));
  /** The path of a link in a mail. */
  const linkIn = (mail: ReceivedMail, page: 'confirm' | 'unsubscribe') =>
    new RegExp(`(/mail/${page}/[\\w.-]+)`).exec(textOf(mail).replaceAll('=3D', '='))![1]!;
  const visit = (method: 'get' | 'post', path: string) => request(api.app.getHttpServer())[method](path);

  return {
    answers,
    answerOnce,
    smtp,
    api,
    agency,
    team,
    publish,
    add,
    statesOf,
    settled,
    dueLate,
    timelineOf,
    to,
    linkIn,
    visit,
  };
}
