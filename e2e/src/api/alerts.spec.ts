import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook as Verifier } from 'standardwebhooks';
import {
  addWebhook,
  applicationCreated,
  offerSent,
  publish,
  recruiter,
  type CreatedWebhook,
} from '../support/client.js';
import { eventually, throughout } from '../support/eventually.js';
import { type FakeMail, startMail } from '../support/fake-tools.js';
import { LONG } from '../support/long.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { ServerProcess, startServer, type TestServer } from '../support/server.js';

/* Two servers on one database, each of which could send every alert: each alert is sent once. */

let mail: FakeMail;
let server: TestServer;
let second: ServerProcess;
let receiver: Receiver;

beforeAll(async () => {
  mail = await startMail();
  const env = { DELAY_SCALE: '0.00008', SMTP_URL: mail.url };
  [server, receiver] = await Promise.all([startServer({ env }), startReceiver()]);
  second = new ServerProcess(server.dataDir, { env });
  await second.listening();
});
afterAll(async () => {
  await second?.end();
  second?.forget();
  await receiver?.close();
  await server?.stop();
  await mail?.stop();
});

/** Subjects of the mails to an address, oldest first. */
const mailsTo = (email: string): string[] =>
  mail.mails.filter((raw) => raw.includes(`\r\nTo: ${email}\r\n`)).map((raw) => /^Subject: (.*)\r$/m.exec(raw)![1]!);

async function addAlerted(path: string, email: string, events: string[]): Promise<CreatedWebhook> {
  const webhook = await addWebhook(server, { url: receiver.url(path), description: 'Payroll', events });
  const alerts = { emails: [email], url: receiver.url(`${path}/alerts`) };
  const put = await recruiter(server).put(`/api/recruiter/webhooks/${webhook.id}/alerts`).send(alerts);
  expect({ status: put.status, body: put.body }).toEqual({
    status: 200,
    body: { ...alerts, chat_webhook_id: null, default: false },
  });
  return webhook;
}

const posted = (path: string) => receiver.all.filter((request) => request.path === `${path}/alerts`);
const events = (path: string) =>
  posted(path).map(({ body }) => (JSON.parse(body.toString()) as { event: string }).event);
const PATIENT = { timeoutMs: 60_000 };

const DAYS = { path: '/gone-for-days', email: 'days@agency.example' };

/** Fails until it is switched off. */
async function failForDays(): Promise<void> {
  receiver.script(DAYS.path, ...Array.from({ length: 5_000 }, () => 500));
  const webhook = await addAlerted(DAYS.path, DAYS.email, ['offer.*']);
  // A probe is sent every 144 ms at most, and a delivery takes four, so it keeps failing while any are pending.
  await eventually(
    async () => {
      await publish(server, offerSent(server));
      const { body } = await recruiter(server).get(`/api/recruiter/webhooks/${webhook.id}`);
      expect((body as { off_reason: string }).off_reason).toBe('failing_5_days');
    },
    { timeoutMs: 120_000, everyMs: 200 },
  );
}

describe('the recipients of alerts about a failing webhook', () => {
  /** 5 days are 35 seconds here; in that time another webhook fails and recovers. */
  let days: Promise<void>;
  beforeAll(() => {
    if (!LONG) return;
    days = failForDays();
    // Failures are reported by a separate test.
    days.catch(() => undefined);
  });

  it('get one mail and one signed message when it is paused and when it recovers, but none about tests', async () => {
    const [path, email] = ['/down', 'ops@agency.example'];
    receiver.script(path, ...Array.from({ length: 2_000 }, () => 503));
    const webhook = await addAlerted(path, email, ['application.*']);
    for (let n = 0; n < 6; n++) await recruiter(server).post(`/api/recruiter/webhooks/${webhook.id}/test`).send({});
    // Paused by failed deliveries, before the warning or the switch-off are due.
    for (let n = 0; n < 5; n++) await publish(server, applicationCreated(server));
    await eventually(() => expect(events(path)).toEqual(['webhook.paused']), PATIENT);
    await eventually(() => expect(mailsTo(email)).toEqual(['Payroll is paused: it keeps failing']), PATIENT);
    const [message] = posted(path);
    const verified = new Verifier(webhook.secret).verify(message!.body, message!.headers as Record<string, string>);
    expect(verified).toMatchObject({ data: { webhook_id: webhook.id, reason: 'down', response_status: 503 } });

    receiver.script(path);
    await publish(server, applicationCreated(server));
    await eventually(() => expect(events(path)).toEqual(['webhook.paused', 'webhook.recovered']), PATIENT);
    await eventually(
      () => expect(mailsTo(email)).toEqual(['Payroll is paused: it keeps failing', 'Payroll works again']),
      PATIENT,
    );
    // A few rounds of both servers.
    await throughout(5_000, () => expect(events(path)).toEqual(['webhook.paused', 'webhook.recovered']));
    await recruiter(server).delete(`/api/recruiter/webhooks/${webhook.id}`);
  }, 240_000);

  if (LONG) {
    it('get one warning before it is switched off', async () => {
      const { path, email } = DAYS;
      await days;
      await eventually(() => expect(events(path).at(-1)).toBe('webhook.switched_off'), PATIENT);
      expect(events(path)).toEqual(['webhook.paused', 'webhook.switch_off_soon', 'webhook.switched_off']);
      await eventually(() => expect(mailsTo(email)).toHaveLength(3), PATIENT);
    }, 300_000);
  }
});
