import { useEffect, useRef } from 'react';
import type { WebhookDetail } from '../../../api/types';
import { isGivenUp, missingCount, missingResend, missingSearch } from '../../../lib/not-delivered';
import { CodeBlock } from '../../../ui/code-block';
import { TextLink } from '../../../ui/link';
import { ResendAllButton } from '../../../ui/resend-all-button';
import type { Attention } from '../list/attention';
import { MuteButton, OnItButton } from '../list/on-it';
import { OnItLine } from '../list/on-it-line';
import { CopyReport, useProblem } from '../problem-report';
import { useTurnOn } from '../use-turn-on';
import css from './activity.module.css';
import { OffBanner } from './off-banner';

/** What is wrong with this webhook, who can fix it and what happens next; or that it is off. Empty when all is well. */
export function StateBanner({ webhook, attention }: { webhook: WebhookDetail; attention: Attention | null }) {
  // Kept here, because the question that follows outlives the banner.
  const power = useTurnOn(webhook);
  useFocusWhenOn(webhook.is_active);
  return (
    <>
      {webhook.is_active ? null : <OffBanner webhook={webhook} help={attention?.help ?? null} power={power} />}
      {webhook.is_active && attention ? <FailingBanner webhook={webhook} attention={attention} /> : null}
      {power.dialog}
    </>
  );
}

/** Moves the focus to the heading when the button that turned it on disappears. */
function useFocusWhenOn(active: boolean): void {
  const before = useRef(active);
  useEffect(() => {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (active && !before.current && lost) document.querySelector('h1')?.focus({ preventScroll: true });
    before.current = active;
  }, [active]);
}

function FailingBanner({ webhook, attention }: { webhook: WebhookDetail; attention: Attention }) {
  const problem = useProblem(webhook.id);
  const said = problem?.answer?.text;
  const { not_delivered: missing } = webhook;
  return (
    <section className={css.banner} data-tone={attention.tone}>
      <h2>
        {attention.what} {attention.technical ? <span className={css.technical}>{attention.technical}</span> : null}
      </h2>
      <p>{attention.help}</p>
      {said ? <CodeBlock label="Their answer" text={said} maxHeight={120} /> : null}
      {attention.next.length > 0 ? <p className={css.next}>{attention.next.join(' ')}</p> : null}
      <OnItLine problem={problem} />
      <div className={css.bannerActions}>
        {attention.who === 'none' ? null : <CopyReport webhook={webhook} problem={problem} />}
        {webhook.last_24h.failed > 0 ? (
          <ResendAllButton size="xs" request={() => missingResend(webhook)}>
            {isGivenUp(webhook) ? `Resend ${missingCount(missing)}…` : 'Resend failed…'}
          </ResendAllButton>
        ) : null}
        {missing.count > 0 ? (
          <TextLink className={css.missing} to="/recruiter/api/deliveries" search={missingSearch(webhook)}>
            {`See ${missingCount(missing)} not delivered`}
          </TextLink>
        ) : null}
        <span className={css.say}>
          <OnItButton webhook={webhook} problem={problem} />
          <MuteButton webhook={webhook} problem={problem} />
        </span>
      </div>
    </section>
  );
}
