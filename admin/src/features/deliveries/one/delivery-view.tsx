import { lazy, Suspense, useState } from 'react';
import type { DeliveryDetail, Reason } from '../../../api/types';
import { useMe } from '../../../api/session';
import { developerReport } from '../../../lib/developer-report';
import { isTool } from '../../../lib/failure-sentence';
import { deniedBecause } from '../../../lib/rights';
import { serverNow } from '../../../lib/server-clock';
import { clockTime } from '../../../lib/time';
import { CopyButton } from '../../../ui/copy-button';
import { GuardedButton } from '../../../ui/guarded-button';
import { IconRetry } from '../../../ui/icons';
import { TextLink } from '../../../ui/link';
import { usePlans } from '../use-plans';
import { canCancel, cannotResend, useResend } from '../resend/use-resend';
import { Facts } from './facts';
import { MessageTabs, type OpenTab } from './message-tabs';
import { SameFailure } from './same-failure';
import { Timeline } from './timeline';
import { verdictOf } from './verdict';
import css from './delivery-view.module.css';
import { CodeBlock } from '../../../ui/code-block';

const CancelDialog = lazy(() => import('./cancel-dialog').then((module) => ({ default: module.CancelDialog })));

const ShareDialog = lazy(() => import('./share-dialog').then((module) => ({ default: module.ShareDialog })));

const UseAddressDialog = lazy(() =>
  import('./use-address-dialog').then((module) => ({ default: module.UseAddressDialog })),
);

interface DeliveryViewProps {
  delivery: DeliveryDetail;
  tabs: OpenTab;
  /** Called after Resend, so that the screen polls for the new try. */
  onResent: () => void;
}

/** The inspector: what happened, what to do, the answer, every try, the exact bytes, and the ids. */
export function DeliveryView({ delivery, tabs, onResent }: DeliveryViewProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const plan = usePlans().get(delivery.webhook.id);
  const verdict = verdictOf(delivery, plan);
  const last = delivery.timeline.at(-1)?.n ?? null;
  const shown = chosen ?? last;
  return (
    <div className={css.view}>
      {delivery.about ? <p className={css.event}>{delivery.about.sentence}</p> : null}
      <section className={css.verdict} data-status={delivery.status} aria-label="What happened">
        <p className={css.sentence}>
          {verdict.sentence} {verdict.technical ? <span className={css.technical}>{verdict.technical}</span> : null}
        </p>
        {verdict.advice.length > 0 ? (
          <p>
            {verdict.advice.join(' ')} {verdict.problem ? <MoreInGuide reason={verdict.problem} /> : null}
          </p>
        ) : null}
        {delivery.delivered_in ? (
          <p>
            <TextLink underline="always" to="/recruiter/api/deliveries/$id" params={{ id: delivery.delivered_in }}>
              See its answer
            </TextLink>
          </p>
        ) : null}
        <Actions delivery={delivery} paused={Boolean(plan?.pausedUntil)} onResent={onResent} />
        <SameFailure delivery={delivery} />
      </section>
      {tabs.tab === 'answer' ? null : <TheirAnswer delivery={delivery} attempt={shown} />}
      <Timeline delivery={delivery} plan={plan} shown={shown} onShow={setChosen} />
      <MessageTabs delivery={delivery} attempt={shown} {...tabs} />
      <Facts delivery={delivery} />
    </div>
  );
}

function MoreInGuide({ reason }: { reason: Reason }) {
  return (
    <TextLink underline="always" to="/recruiter/api/guide/problems" hash={reason}>
      What to do
    </TextLink>
  );
}

interface ActionsProps extends Pick<DeliveryViewProps, 'delivery' | 'onResent'> {
  /** The webhook is paused, so nothing is planned. */
  paused: boolean;
}

function Actions({ delivery, paused, onResent }: ActionsProps) {
  const me = useMe();
  const resend = useResend(delivery);
  const [asking, setAsking] = useState<'cancel' | 'address' | 'share' | null>(null);
  const denied = deniedBecause(me, 'deliveries.resend', 'resend deliveries') ?? cannotResend(delivery);
  const planned = delivery.status === 'retrying' && delivery.next_attempt_at;
  const done = delivery.status === 'delivered';
  const close = () => setAsking(null);
  return (
    <div className={css.actions}>
      <GuardedButton
        denied={denied}
        variant={done ? 'default' : 'filled'}
        leftSection={<IconRetry />}
        aria-keyshortcuts="R"
        loading={resend.isPending}
        onClick={() => resend.mutate(undefined, { onSuccess: onResent })}
      >
        {planned ? sendNow(planned, paused) : 'Resend'}
      </GuardedButton>
      {wasMoved(delivery) ? (
        <GuardedButton
          denied={deniedBecause(me, 'webhooks.write', 'change webhooks')}
          variant="default"
          onClick={() => setAsking('address')}
        >
          Use the new address…
        </GuardedButton>
      ) : null}
      {delivery.timeline.length > 0 ? (
        <GuardedButton
          denied={deniedBecause(me, 'deliveries.share', 'share deliveries')}
          variant="default"
          onClick={() => setAsking('share')}
        >
          Share…
        </GuardedButton>
      ) : null}
      {delivery.timeline.length > 0 && !done && !isTool(delivery.webhook.kind) ? (
        <CopyButton label="Copy details for developer" text={() => report(delivery)} />
      ) : null}
      {canCancel(delivery) ? (
        <GuardedButton
          denied={deniedBecause(me, 'deliveries.resend', 'cancel deliveries')}
          variant="default"
          onClick={() => setAsking('cancel')}
        >
          Cancel delivery…
        </GuardedButton>
      ) : null}
      <Suspense>
        {asking === 'cancel' ? <CancelDialog delivery={delivery} onClose={close} /> : null}
        {asking === 'share' ? <ShareDialog id={delivery.id} onClose={close} /> : null}
        {asking === 'address' ? <UseAddressDialog delivery={delivery} onClose={close} /> : null}
      </Suspense>
    </div>
  );
}

/** Which planned try this replaces, unless that one is due now anyway. */
function sendNow(planned: string, paused: boolean): string {
  return paused || Date.parse(planned) <= serverNow() ? 'Send now' : `Send now (instead of ${clockTime(planned)})`;
}

/** These say that POSTs belong elsewhere from now on (RFC 9110 §15.4); a 302 or 303 often leads to a login page. */
const MOVED = new Set<number | null>([301, 307, 308]);

function wasMoved({ status, reason, response_status, webhook }: DeliveryDetail): boolean {
  return reason === 'redirect' && MOVED.has(response_status) && status !== 'delivered' && !webhook.deleted;
}

function report(delivery: DeliveryDetail): string {
  const attempt = delivery.timeline.at(-1);
  return developerReport({
    url: delivery.webhook.url,
    link: `${globalThis.location.origin}/recruiter/api/deliveries/${delivery.id}`,
    reason: attempt?.reason ?? delivery.reason ?? 'rejected',
    responseStatus: attempt?.response_status ?? null,
    answer: delivery.answers.find(({ n }) => n === attempt?.n)?.text ?? null,
    delivery: {
      id: delivery.id,
      eventId: delivery.event_id,
      event: delivery.event,
      attempts: delivery.timeline,
    },
  });
}

interface TheirAnswerProps {
  delivery: DeliveryDetail;
  /** The number of the try whose answer is shown. */
  attempt: number | null;
}

/** The answer to a failed delivery, which often says why. It is masked, so reading it is not audited. */
function TheirAnswer({ delivery, attempt }: TheirAnswerProps) {
  const answer = delivery.answers.find(({ n }) => n === attempt);
  return answer ? <CodeBlock label="Their answer" text={answer.text} maxHeight={160} /> : null;
}
