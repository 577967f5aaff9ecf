import type { AddressInfo } from 'node:net';
import { callbackify } from 'node:util';
import { SMTPServer, type SMTPServerAddress, type SMTPServerSession } from 'smtp-server';
import { perFile } from './per-file.js';

export interface ReceivedMail {
  /** Recipients of the envelope. */
  to: string[];
  /** The mail as received, including headers. */
  raw: string;
}

interface SmtpSettings {
  port?: number;
  /** Recipients that it selects get a 550. */
  refuse?: (to: string) => boolean;
  /** An answer for a recipient, such as `451 4.7.1 try later`; null: it is taken. */
  answer?: (to: string) => string | null | Promise<string | null>;
}

/** A real SMTP server on loopback. */
export async function startSmtp({ port = 0, refuse = () => false, answer = () => null }: SmtpSettings = {}) {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo: callbackify(async ({ address }: SMTPServerAddress, _session: SMTPServerSession) => {
      const said = refuse(address) ? '550 no such person' : await answer(address);
      if (said === null) return;
      const [code, ...words] = said.split(' ');
      throw Object.assign(new Error(words.join(' ')), { responseCode: Number(code) });
    }),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  const listening = (server.server.address() as AddressInfo).port;
  return {
    url: `smtp://127.0.0.1:${listening}`,
    port: listening,
    mails,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** Without the soft line breaks of quoted-printable. */
export const textOf = ({ raw }: ReceivedMail): string => raw.replaceAll('=\r\n', '');

export const subjectOf = ({ raw }: ReceivedMail): string =>
  /^Subject: ((?:.*\r\n)(?:[ \t].*\r\n)*)/m
    .exec(raw)?.[1]
    ?.replaceAll(/\r\n[ \t]/g, ' ')
    .trim() ?? '';

/** An SMTP server for the tests of a spec file. */
export const smtpPerFile = (settings?: SmtpSettings) => perFile(() => startSmtp(settings));
