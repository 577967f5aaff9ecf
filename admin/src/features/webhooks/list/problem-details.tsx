import type { WebhookProblem } from '../../../api/types';
import { isGivenUp, missingResend } from '../../../lib/not-delivered';
import { webhookName } from '../../../lib/webhook-name';
import { ResendAllButton } from '../../../ui/resend-all-button';
import { CopyReport } from '../problem-report';
import { TestButton } from '../test/test-button';
import type { Attention } from './attention';
import { MuteButton, OnItButton } from './on-it';
import css from './problems-card.module.css';

interface ProblemDetailsProps {
  item: Attention;
  problem: WebhookProblem | undefined;
}

/** Who has to act, what happens next, and what else can be done. */
export function ProblemDetails({ item, problem }: ProblemDetailsProps) {
  const { webhook, who } = item;
  const resendIsAbove = who === 'none' || isGivenUp(webhook);
  const name = webhookName(webhook);
  return (
    <>
      <p>{[item.help, ...item.next].join(' ')}</p>
      <div className={css.more}>
        <TestButton webhook={webhook} size="xs" />
        {who === 'developer' && !resendIsAbove ? null : <CopyReport webhook={webhook} problem={problem} />}
        {webhook.is_active && webhook.last_24h.failed > 0 && !resendIsAbove ? (
          <ResendAllButton size="xs" request={() => missingResend(webhook)} aria-label={`Resend failed: ${name}`}>
            Resend failed…
          </ResendAllButton>
        ) : null}
        <OnItButton webhook={webhook} problem={problem} />
        <MuteButton webhook={webhook} problem={problem} />
      </div>
    </>
  );
}
