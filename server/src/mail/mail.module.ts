import { Global, Module } from '@nestjs/common';
import { Outboxes } from './outboxes.js';
import { PeopleMails } from './people-mails.js';

/** Sends what is stored in outboxes. Needs the auth module, some of whose mails are made when they are sent. */
@Global()
@Module({ providers: [Outboxes, PeopleMails], exports: [Outboxes] })
export class MailModule {}
