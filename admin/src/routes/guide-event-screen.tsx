import { EventSection } from '../features/guide/event-section';
import { SendAsTest } from '../features/webhooks/test/send-as-test';

/** One event of the Guide, with the one thing the webhooks feature adds to it. */
export function GuideEventScreen() {
  return <EventSection sendAsTest={(type, webhooks) => <SendAsTest type={type} webhooks={webhooks} />} />;
}
