import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';

/* E-mail: through SMTP_URL or, in the demo, into a folder of .eml files. */

export interface Mail {
  /** Names the file, and the Message-ID, by which mail programs recognise a duplicate. */
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Where one click ends these mails (RFC 8058). */
  unsubscribe?: string;
}

/** `permanent`: retrying is pointless. */
export class MailFailure extends Error {
  constructor(
    message: string,
    readonly permanent: boolean,
  ) {
    super(message);
  }
}

export abstract class Mailer {
  /** False without an SMTP server outside the demo. */
  abstract readonly works: boolean;
  /** Rejects with MailFailure. */
  abstract send(mail: Mail): Promise<void>;
}

export interface MailerSettings {
  smtpUrl: string | null;
  from: string;
  /** Only in the demo. */
  folder: string | null;
}

export function makeMailer({ smtpUrl, from, folder }: MailerSettings): Mailer {
  if (smtpUrl !== null) return new SmtpMailer(smtpUrl, from);
  return folder === null ? new NoMailer() : new FolderMailer(folder, from);
}

/** For a whole mail: nodemailer limits each step, but not their sum. */
export const LONGEST_MAIL_MS = 30_000;

/** Long enough for a greylisting server. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/** A message never makes the server read a file or fetch an address. */
const messageOf = ({ id, to, subject, text, html }: Mail, from: string) => ({
  from,
  to: { name: '', address: to },
  subject,
  text,
  html,
  messageId: `<${id}@bpoc-webhooks>`,
  // Suppresses out-of-office replies (RFC 3834).
  headers: { 'Auto-Submitted': 'auto-generated' },
  disableFileAccess: true,
  disableUrlAccess: true,
});

class SmtpMailer extends Mailer {
  readonly works = true;
  readonly #transport;

  constructor(
    url: string,
    private readonly from: string,
  ) {
    super();
    this.#transport = createTransport({ url, ...TIMEOUTS });
  }

  async send(mail: Mail): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error(), { code: 'ETIMEDOUT' })), LONGEST_MAIL_MS);
    });
    try {
      await Promise.race([this.#transport.sendMail(messageOf(mail, this.from)), expired]);
    } catch (error) {
      const { responseCode = 0, code = '' } = error as { responseCode?: number; code?: string };
      // 5xx for the envelope or the message is permanent; for our sign-in it is a mistake the operator will fix.
      const permanent = responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
      throw new MailFailure(`${code || 'error'}${responseCode ? ` ${responseCode}` : ''}`, permanent);
    } finally {
      clearTimeout(timer);
    }
  }
}

class FolderMailer extends Mailer {
  readonly works = true;
  readonly #transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  constructor(
    private readonly folder: string,
    private readonly from: string,
  ) {
    super();
  }

  async send(mail: Mail): Promise<void> {
    const { message } = await this.#transport.sendMail(messageOf(mail, this.from));
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = join(this.folder, `${mail.id}.eml`);
    // Atomic for readers of the folder.
    await writeFile(`${file}.new`, message as Buffer, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}

class NoMailer extends Mailer {
  readonly works = false;

  send(): Promise<void> {
    return Promise.reject(new MailFailure('SMTP_URL is not set', true));
  }
}
