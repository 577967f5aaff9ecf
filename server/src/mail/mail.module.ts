import { Module } from '@nestjs/common';
import { MailLoop } from './mail.loop.js';

/** Sends what `MailOutbox` stores. Needs the auth module, whose mails are made when they are sent. */
@Module({ providers: [MailLoop] })
export class MailModule {}
