import { Global, Module } from '@nestjs/common';
import { Outboxes } from './outboxes.js';
import { PeopleMails } from './people-mails.js';

/** Sends the messages in the outboxes. Needs the auth module, some of whose mails are rendered when they are sent. */
@Global()
@Module({ providers: [Outboxes, PeopleMails], exports: [Outboxes] })
export class MailModule {}
