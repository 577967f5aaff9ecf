import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  /** Recipients of the envelope. */
  to: string[];
  /** As received, including headers. */
  raw: string;
}

/** A real SMTP server on loopback. Recipients that `refuse` selects get a 550. */
export async function startSmtp({ port = 0, refuse = (_to: string): boolean => false } = {}) {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo: ({ address }, _session, done) =>
      done(refuse(address) ? Object.assign(new Error('no such person'), { responseCode: 550 }) : null),
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
