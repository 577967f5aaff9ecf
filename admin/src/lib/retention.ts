import type { Me } from '../api/types';

/** How long the server keeps deliveries and messages, as in "You can resend it for 30 days". */
export function keptFor(me: Me): string {
  const days = me.platform.retention_days;
  return days === 1 ? '1 day' : `${days} days`;
}
