import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * An e-mail address is unique in its agency, no longer over all of them: that another agency knows an address must not
 * show here, and a unique index shows it. Lower case is that of ASCII, whatever the locale of the database.
 */
const UP = /* sql */ `
alter table users drop constraint users_email_key, drop constraint users_email_check;
alter table users add constraint users_email_check check (email = lower(email collate "C") and length(email) <= 320);
create unique index users_email on users (email, agency_id);
`;

/** Fails while two agencies know one address. */
const DOWN = /* sql */ `
drop index users_email;
alter table users drop constraint users_email_check;
alter table users add constraint users_email_check check (email = lower(email) and length(email) <= 320);
alter table users add constraint users_email_key unique (email);
`;

export class PeopleByAgency1769706000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}
