import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/eventually.js';
import type { AuditLog } from '../../../audit/audit-log.service.js';
import type { Env } from '../../../config/env.js';
import type { ServiceDatabase } from '../../../database/service-database.js';
import { type Mailer, MailFailure } from '../../../outbound/mailer.js';
import type { RequestBody } from '../../destinations/request-body.js';
import type { Changes } from '../changes.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import type { WebhookConfig } from '../webhook-configs.js';
import type { MailQuota } from './mail-quota.js';
import { MailSender } from './mail-sender.js';

/* The order of what an attempt of mails does when something fails or the process stops. */

/** `answer`: of the mail server; `keep`: of the database, to the result of a mail. */
function attempt(
  count: number,
  answer: (to: string, mail: { subject: string }) => Promise<unknown>,
  keep: (to: string) => Promise<unknown>,
) {
  const done: string[] = [];
  const recipients = Array.from({ length: count }, (_, n) => ({
    id: `00000000-0000-0000-0000-00000000000${n}`,
    email: `${n}`,
    state: 'confirmed',
    lacks: ['d'],
    copies: 0,
  }));
  const database = {
    query: async (sql: string, values: string[]) => {
      if (sql.includes('from webhook_recipients')) return recipients;
      if (!sql.includes('insert into attempt_mails')) return [];
      await keep(values[2]!);
      done.push(`kept ${values[2]} ${values[4]}`);
      return [];
    },
    transaction: async () => void done.push('ended'),
  };
  const send = async (mail: { to: string; subject: string }) => {
    await answer(mail.to, mail);
    return { code: 250, answer: 'ok' };
  };
  const sender = new MailSender(
    database as unknown as ServiceDatabase,
    { works: true, send } as unknown as Mailer,
    {
      of: (_delivery: unknown, _tool: unknown, short: boolean) =>
        JSON.stringify({ subject: short ? 'short' : 'whole', text: '', html: '' }),
    } as unknown as RequestBody,
    { take: async () => 0 } as unknown as MailQuota,
    {} as AuditLog,
    { webhook: () => undefined } as unknown as Changes,
    { publicUrl: 'https://bpoc.example', leaseMs: 60_000, delayScale: 1 } as unknown as Env,
  );
  const start = () =>
    sender.send(
      { deliveryId: 'd', attempt: 1, agencyId: 'a', webhookId: 'w', test: false } as ClaimedDelivery,
      { current: { whole: Buffer.alloc(32) }, tool: {} } as unknown as WebhookConfig,
      Date.now(),
    );
  return { sender, start, done };
}

describe('an attempt of mails', () => {
  it('that cannot store a result ends when all its mails have ended', async () => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => (release = resolve));
    const { start, done } = attempt(
      2,
      async (to) => (to === '1' ? slow : undefined),
      async (to) => {
        if (to === '0') throw new Error('refused');
      },
    );
    let over = false;
    const sent = start().finally(() => (over = true));
    sent.catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    release();
    await expect(sent).rejects.toThrow('refused');
    expect(done).toEqual(['kept 1 accepted']);
  });

  it('stores the result of a mail before it ends the address', async () => {
    const { start, done } = attempt(
      1,
      () => Promise.reject(new MailFailure('refused', true, 'recipient', 550, '550 5.1.1 no such user')),
      async () => undefined,
    );
    await start().catch(() => undefined);
    expect(done).toEqual(['kept 0 refused', 'ended']);
  });

  it('sends a mail that was too large once more, shortened', async () => {
    const subjects: string[] = [];
    const { start, done } = attempt(
      1,
      async (_to, { subject }) => {
        subjects.push(subject);
        if (subject === 'whole') throw new MailFailure('refused', true, 'message', 552, '552 5.3.4 too big');
      },
      async () => undefined,
    );
    expect(await start()).toMatchObject({ kind: 'succeeded' });
    expect([subjects, done]).toEqual([['whole', 'short'], ['kept 0 accepted']]);
  });

  it('tries no further recipient once the process stops, and none in an attempt that begins then', async () => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => (release = resolve));
    const tried: string[] = [];
    const { sender, start, done } = attempt(
      6,
      (to) => (tried.push(to), slow),
      async () => undefined,
    );
    const sent = start();
    await eventually(() => expect(tried).toHaveLength(4));
    sender.onModuleDestroy();
    release();
    expect(await sent).toMatchObject({ kind: 'succeeded' });
    expect(tried).toHaveLength(4);
    expect(done.filter((one) => one.endsWith('deferred'))).toHaveLength(2);
    await expect(start()).rejects.toThrow('stopping');
  });
});
