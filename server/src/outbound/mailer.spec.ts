import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startSmtp } from '../../test/smtp.js';
import { LONGEST_MAIL_MS, type Mail, Mailer } from './mailer.js';

const FROM = 'BPOC Webhooks <alerts@bpoc.example>';
const MAIL: Mail = { id: 'one', to: 'ops@agency.example', subject: 'Grüße', text: 'Hello ü', html: '<p>Hello</p>' };

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bpoc-mail-'));
  cleanUp.push(() => rm(folder, { recursive: true }));
  return join(folder, 'mailbox');
}

describe('the mailbox folder of the demo', () => {
  it('contains a file in standard format that only its owner can read', async () => {
    const folder = await newFolder();
    await new Mailer({ smtpUrl: null, from: FROM, folder }).send(MAIL);
    expect(await readdir(folder)).toEqual(['one.eml']);
    expect((await stat(join(folder, 'one.eml'))).mode & 0o777).toBe(0o600);
    const raw = await readFile(join(folder, 'one.eml'), 'utf8');
    expect(raw).toMatch(/^From: BPOC Webhooks <alerts@bpoc.example>\r$/m);
    for (const line of ['To: ops@agency.example', 'Message-ID: <one@bpoc-webhooks>', 'Auto-Submitted: auto-generated'])
      expect(`\r\n${raw}`).toContain(`\r\n${line}\r\n`);
    expect(raw).toContain('Content-Type: multipart/alternative');
  });
});

describe('a mail through SMTP', () => {
  it('is abandoned in time, whatever the server does between steps', async () => {
    let greeted = (): void => undefined;
    const hello = new Promise<void>((resolve) => (greeted = resolve));
    const silent = createServer((socket) => {
      cleanUp.push(async () => socket.destroy());
      socket.once('data', greeted).write('220 ready\r\n');
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    cleanUp.push(async () => silent.close());
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    cleanUp.push(async () => jest.useRealTimers());
    const url = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const sent = new Mailer({ smtpUrl: url, from: FROM, folder: null }).send(MAIL);
    const refused = sent.catch((error: unknown) => error);
    await hello;
    jest.advanceTimersByTime(LONGEST_MAIL_MS);
    expect(await refused).toMatchObject({ message: 'ETIMEDOUT', permanent: false });
  });

  it('cannot contain injected headers or recipients', async () => {
    const smtp = await startSmtp();
    cleanUp.push(smtp.close);
    const mailer = new Mailer({ smtpUrl: smtp.url, from: FROM, folder: null });
    const evil = 'x\r\nBcc: victim@example.org\r\n\r\nbody';
    await mailer.send({ ...MAIL, subject: evil });
    await mailer.send({ ...MAIL, to: 'ops@agency.example\r\nBcc: victim@example.org' }).catch(() => undefined);
    await mailer.send({ ...MAIL, to: 'a@agency.example, victim@example.org' }).catch(() => undefined);
    expect(smtp.mails.length).toBeGreaterThan(0);
    for (const { to, raw } of smtp.mails) {
      expect(to).not.toContain('victim@example.org');
      expect(raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
    }
  });

  it('distinguishes permanent from transient refusals', async () => {
    const smtp = await startSmtp({ refuse: () => true });
    await expect(new Mailer({ smtpUrl: smtp.url, from: FROM, folder: null }).send(MAIL)).rejects.toMatchObject({
      permanent: true,
    });
    await smtp.close();
    await expect(new Mailer({ smtpUrl: smtp.url, from: FROM, folder: null }).send(MAIL)).rejects.toMatchObject({
      permanent: false,
    });
  });

  it('is unavailable without an SMTP server outside the demo', async () => {
    const mailer = new Mailer({ smtpUrl: null, from: FROM, folder: null });
    expect(mailer.works).toBe(false);
    await expect(mailer.send(MAIL)).rejects.toMatchObject({ permanent: true });
  });
});
