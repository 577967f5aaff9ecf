import { access, session } from './screens/access.js';
import { deliveries } from './screens/deliveries.js';
import { events } from './screens/events.js';
import { guide } from './screens/guide.js';
import { live } from './screens/live.js';
import { sharing } from './screens/sharing.js';
import { tools } from './screens/tools.js';
import type { Screen } from './screens/visit.js';
import { webhookScreens } from './screens/webhook.js';
import { webhooks } from './screens/webhooks.js';

/** Every screen, overlay and state of the admin app and how to reach it, for pictures and accessibility checks. */
export const SCREENS: readonly Screen[] = [
  ...session,
  ...webhooks,
  ...webhookScreens,
  ...deliveries,
  ...events,
  ...guide,
  ...access,
  ...sharing,
  ...tools,
  ...live,
];

/** The screens whose names start with a word of SCREENS=a,b in the environment; all without it. */
export function chosenScreens(): readonly Screen[] {
  const wanted = (process.env['SCREENS'] ?? '').split(',');
  return SCREENS.filter(({ name }) => wanted.some((start) => name.startsWith(start)));
}
