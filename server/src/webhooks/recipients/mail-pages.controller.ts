import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../auth/allow.js';
import { plainText } from '../../lib/text.js';
import { CONFIRM_DAYS, Consents, type MailLink, type Question } from './consents.js';
import { mailPage } from './mail-page.js';

const GONE = {
  title: 'This link does not work any more',
  lines: [`It is incomplete, was replaced by a newer one, or is older than ${CONFIRM_DAYS} days.`],
};

/**
 * The pages behind links in mails. Public: the token in the path authorises. GET changes nothing, because mail programs
 * and virus scanners open links; POST is the button, and the one-click unsubscribe of mail programs (RFC 8058).
 */
@ApiExcludeController()
@Public()
@Controller('mail')
export class MailPagesController {
  constructor(private readonly consents: Consents) {}

  @Get('confirm/:token')
  async question(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    send(reply, await this.consents.question(token), confirmPage);
  }

  @Post('confirm/:token')
  @HttpCode(200)
  async answer(
    @Param('token') token: string,
    @Query('answer') answer: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const no = answer === 'no';
    send(reply, await (no ? this.consents.decline(token) : this.consents.agree(token)), confirmPage);
  }

  @Get('unsubscribe/:token')
  async subscription(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    send(reply, await this.consents.subscription(token), unsubscribePage);
  }

  @Post('unsubscribe/:token')
  @HttpCode(200)
  async unsubscribe(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    send(reply, await this.consents.unsubscribe(token), unsubscribePage);
  }
}

function send<Link extends MailLink>(reply: FastifyReply, link: Link | null, page: (link: Link) => string): void {
  void reply
    .code(link ? 200 : 404)
    .header('x-robots-tag', 'noindex')
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(link ? page({ ...link, agency: plainText(link.agency) }) : mailPage(GONE));
}

function confirmPage({ agency, email, done, declined }: Question): string {
  if (declined)
    return mailPage({ title: 'You will get no emails', lines: [`${agency} sends no notices from BPOC to ${email}.`] });
  return done
    ? mailPage({
        title: 'You will get these emails',
        lines: [`${agency} may now send notices from BPOC to ${email}.`],
        note: 'Every email has an unsubscribe link.',
      })
    : mailPage({
        title: 'Do you want these emails?',
        lines: [`${agency} would like to send notices from BPOC to ${email}.`],
        button: 'Yes, send them to me',
        no: 'No, thank you',
      });
}

const unsubscribePage = ({ agency, email, done }: MailLink): string =>
  done
    ? mailPage({
        title: 'These emails have ended',
        lines: [`This webhook of ${agency} sends no more emails to ${email}.`],
      })
    : mailPage({
        title: 'Stop these emails?',
        lines: [`${agency} sends notices from BPOC to ${email}.`],
        button: 'Stop them',
      });
