import { EventSection } from '../features/guide/event-section';
import { SendAsTest } from '../features/webhooks/test/send-as-test';

/** One event of the Guide, plus the part that the webhooks feature adds. */
export function GuideEventScreen() {
  return <EventSection sendAsTest={(type, webhooks) => <SendAsTest type={type} webhooks={webhooks} />} />;
}
