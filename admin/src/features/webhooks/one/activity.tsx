import type { ReactNode } from 'react';
import type { WebhookDetail } from '../../../api/types';
import { TextLink } from '../../../ui/link';
import { EmptyNote } from '../../../ui/states';
import { attentionOf } from '../list/attention';
import { TestButton } from '../test/test-button';
import css from './activity.module.css';
import { Numbers } from './numbers';
import { StateBanner } from './state-banner';

interface ActivityProps {
  webhook: WebhookDetail;
  /** The rows of recent deliveries; provided by the route, because they belong to the deliveries feature. */
  recent: ReactNode;
  /** The pill for newer deliveries. */
  fresh: ReactNode;
}

export function Activity({ webhook, recent, fresh }: ActivityProps) {
  const attention = attentionOf(webhook);
  if (webhook.recent_deliveries.length === 0) {
    return (
      <>
        <StateBanner webhook={webhook} attention={attention} />
        {fresh}
        <EmptyNote title="Nothing sent yet." action={<TestButton webhook={webhook} label="Send test" />}>
          Events appear here when something happens in BPOC. Want to see one now?
        </EmptyNote>
      </>
    );
  }
  return (
    <>
      <StateBanner webhook={webhook} attention={attention} />
      {webhook.series.daily.some((day) => day.delivered + day.failed_attempts + day.pending + day.left_out > 0) ? (
        <Numbers webhook={webhook} />
      ) : null}
      <section className={css.recent} aria-labelledby="recent">
        <div className={css.recentHead}>
          <h2 id="recent">Recent deliveries</h2>
          <TextLink to="/recruiter/api/deliveries" search={{ webhook_id: webhook.id }}>
            All deliveries
          </TextLink>
        </div>
        {fresh}
        {recent}
      </section>
    </>
  );
}
