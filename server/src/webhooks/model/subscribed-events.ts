import type { FieldError } from '../../lib/app-error.js';
import { isSubscribable } from '../../events/catalogue/catalogue.js';

/** Validates a list of subscriptions; `field` is `events.<index>`. */
export function subscriptionProblems(events: readonly string[]): FieldError[] {
  return events.flatMap((pattern, index) => {
    if (isSubscribable(pattern)) return [];
    const message = `events.${index} must be an event type, a group such as application.*, or *`;
    return [{ field: `events.${index}`, code: 'unknown_event_type', message }];
  });
}
