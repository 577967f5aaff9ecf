import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { MailContent } from './mail-layout.js';

/* Sends email: through SMTP_URL or, in the demo, into a folder of .eml files. */

export interface Mail extends MailContent {
  /** The name of the file, and part of the Message-ID, by which mail programs recognise a duplicate. */
  id: string;
  to: string;
  /** URL for unsubscribing with one click (RFC 8058). */
  unsubscribe?: string;
}

/** The mail server's answer when it accepted the mail. In the demo there is no code. */
export interface MailReceipt {
  code: number | null;
  answer: string;
}

/** What was refused: the recipient (RCPT TO), the message (DATA), or anything before them, by the server. */
export type RefusedBy = 'server' | 'recipient' | 'message';

export class MailFailure extends Error {
  constructor(
    message: string,
    /** Retrying is pointless. */
    readonly permanent: boolean,
    readonly by: RefusedBy = 'server',
    /** SMTP reply code (RFC 5321 §4.2); null: there was no answer. */
    readonly code: number | null = null,
    readonly answer: string | null = null,
  ) {
    super(message);
  }
}

/** Connects and signs in. Rejects with the error of the server or the network. */
export async function verifySmtp(url: string, withinMs: number): Promise<void> {
  const timeouts = { connectionTimeout: withinMs, greetingTimeout: withinMs, socketTimeout: withinMs };
  await createTransport({ url, ...timeouts }).verify();
}

/** For a whole mail: nodemailer limits each step, but not their sum. */
export const LONGEST_MAIL_MS = 30_000;

/** Long enough for a server that delays its answers to deter spam. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };
/** Longer answers are paragraphs of help. */
const LONGEST_ANSWER = 500;

/** nodemailer must neither read files nor fetch addresses that a message names. */
const messageOf = ({ id, to, subject, text, html, unsubscribe }: Mail, from: string) => ({
  from,
  to: { name: '', address: to },
  subject,
  text,
  html,
  messageId: `<${id}@bpoc-webhooks>`,
  ...(unsubscribe !== undefined && { list: { unsubscribe: { url: unsubscribe } } }),
  headers: {
    // Suppresses out-of-office replies (RFC 3834).
    'Auto-Submitted': 'auto-generated',
    ...(unsubscribe !== undefined && { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
  },
  disableFileAccess: true,
  disableUrlAccess: true,
});

interface SmtpError {
  code?: string;
  command?: string;
  responseCode?: number;
  response?: string;
}

const toFile = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

interface MailerSettings {
  smtpUrl: string | null;
  from: string;
  /** Only in the demo. */
  folder: string | null;
}

export class Mailer {
  readonly #smtp;
  readonly #from: string;
  readonly #folder: string | null;

  constructor({ smtpUrl, from, folder }: MailerSettings) {
    this.#smtp = smtpUrl === null ? null : createTransport({ url: smtpUrl, ...TIMEOUTS });
    this.#from = from;
    this.#folder = folder;
  }

  /** False without an SMTP server outside the demo. */
  get works(): boolean {
    return this.#smtp !== null || this.#folder !== null;
  }

  /** Rejects with MailFailure, after `withinMs` at the latest. */
  async send(mail: Mail, withinMs = LONGEST_MAIL_MS): Promise<MailReceipt> {
    const message = messageOf(mail, this.#from);
    if (this.#smtp) return sendWithin(withinMs, this.#smtp.sendMail(message));
    if (this.#folder === null) throw new MailFailure('SMTP_URL is not set', true);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = join(this.#folder, `${mail.id}.eml`);
    // Renamed, so that readers of the folder never see half a mail.
    await writeFile(`${file}.new`, (await toFile.sendMail(message)).message as Buffer, { mode: 0o600 });
    await rename(`${file}.new`, file);
    return { code: null, answer: 'kept in the mailbox folder of the demo' };
  }
}

async function sendWithin(ms: number, sending: Promise<{ response: string }>): Promise<MailReceipt> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error(), { code: 'ETIMEDOUT' })), ms);
  });
  try {
    const { response } = await Promise.race([sending, expired]);
    return { code: Number.parseInt(response, 10) || null, answer: response.slice(0, LONGEST_ANSWER) };
  } catch (error) {
    throw failureOf(error as SmtpError);
  } finally {
    clearTimeout(timer);
  }
}

function failureOf({ code = 'error', command, responseCode, response }: SmtpError): MailFailure {
  const by = refusedBy(code, command, responseCode);
  // A 5xx for our sign-in or our sender is a mistake that the operator will correct. If the server did not answer,
  // nodemailer refused the recipient: no server would accept such an address.
  const permanent = by !== 'server' && (responseCode ?? 500) >= 500;
  const answer = response?.slice(0, LONGEST_ANSWER) ?? null;
  return new MailFailure(
    `${code}${responseCode ? ` ${responseCode}` : ''}`,
    permanent,
    by,
    responseCode ?? null,
    answer,
  );
}

/** 421 means that the server closes the connection, whatever the command was (RFC 5321 §3.8). */
function refusedBy(code: string, command = '', responseCode?: number): RefusedBy {
  if (code === 'EENVELOPE' && command === 'API') return 'recipient';
  if (responseCode === undefined || responseCode === 421) return 'server';
  // 552 after MAIL FROM: the message is larger than the server accepts (RFC 1870 §6.1).
  if (code === 'EMESSAGE' || command === 'DATA' || (command === 'MAIL FROM' && responseCode === 552)) return 'message';
  return code === 'EENVELOPE' && command === 'RCPT TO' ? 'recipient' : 'server';
}
