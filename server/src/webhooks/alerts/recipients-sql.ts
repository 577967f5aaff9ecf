import { MAX_EMAILS } from './alerts.dto.js';

/**
 * One row: the alert recipients of the webhook `w` (an alias), since when, and whether they are the default: the owners
 * of the agency who accepted their invitation, oldest first, if `mailWorks` (a parameter) says that mail can be sent.
 */
export const recipientsSql = (w: string, mailWorks: string) => /* sql */ `
select coalesce(s.emails, o.emails) as emails, s.url, s.chat_webhook_id, s.webhook_id is null as is_default,
  coalesce(s.updated_at, ${w}.created_at) as since
from (select) nothing
left join webhook_alerts s on s.webhook_id = ${w}.id and s.agency_id = ${w}.agency_id
cross join lateral (
  select array(
    select u.email from users u
    where ${mailWorks}::boolean and u.agency_id = ${w}.agency_id and u.role = 'owner' and u.password_hash is not null
    order by u.created_at, u.id limit ${MAX_EMAILS}) as emails
) o`;
