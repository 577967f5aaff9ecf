import { lazy, Suspense, useId, useState } from 'react';
import type { WebhookProblem } from '../../../api/types';
import { isGivenUp, missingCount, missingResend, missingSearch } from '../../../lib/not-delivered';
import { clockTime } from '../../../lib/time';
import { webhookName } from '../../../lib/webhook-name';
import { IconCross, IconDown, IconWarning } from '../../../ui/icons';
import { ActionIcon } from '../../../ui/kit';
import { ButtonLink, TextLink } from '../../../ui/link';
import { ResendAllButton } from '../../../ui/resend-all-button';
import { LazyCopyReport } from '../lazy-copy-report';
import { TurnOnAndResend } from '../turn-on-and-resend';
import type { Attention } from './attention';
import { OnItLine } from './on-it-line';
import css from './problems-card.module.css';

const ProblemDetails = lazy(() => import('./problem-details').then((module) => ({ default: module.ProblemDetails })));

interface ProblemLineProps {
  item: Attention;
  problem: WebhookProblem | undefined;
}

/** One problem in one line; who has to act, what happens next and rarer actions unfold below it. */
export function ProblemLine({ item, problem }: ProblemLineProps) {
  const [open, setOpen] = useState(false);
  const details = useId();
  const { webhook } = item;
  const name = webhookName(webhook);
  const said = firstLine(problem?.answer?.text);
  const { not_delivered: missing } = webhook;
  return (
    <li className={css.item} data-tone={item.tone} data-muted={problem?.muted ? true : undefined}>
      <div className={css.line}>
        <span className={css.icon}>{item.tone === 'bad' ? <IconCross /> : <IconWarning />}</span>
        <div className={css.text}>
          <p>
            <TextLink className={css.name} to="/recruiter/api/webhooks/$id" params={{ id: webhook.id }}>
              {name}
            </TextLink>{' '}
            {item.what} {item.technical ? <span className={css.quiet}>{item.technical}</span> : null}
          </p>
          {said ? (
            <p className={css.said}>
              <code>{said}</code>
            </p>
          ) : null}
          <OnItLine problem={problem} />
        </div>
        <div className={css.missing}>
          {missing.count > 0 ? (
            <>
              <TextLink to="/recruiter/api/deliveries" search={missingSearch(webhook)}>
                {missingCount(missing)} not delivered
              </TextLink>
              {missing.since ? <span className={css.quiet}>since {clockTime(missing.since)}</span> : null}
            </>
          ) : null}
        </div>
        <div className={css.actions}>
          <Fix item={item} problem={problem} />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            aria-label={`More about ${name}`}
            aria-expanded={open}
            aria-controls={details}
            onClick={() => setOpen(!open)}
          >
            <span className={css.chevron}>
              <IconDown />
            </span>
          </ActionIcon>
        </div>
      </div>
      <div id={details} hidden={!open} className={css.details}>
        {open ? (
          <Suspense>
            <ProblemDetails item={item} problem={problem} />
          </Suspense>
        ) : null}
      </div>
    </li>
  );
}

/** The most useful action. */
function Fix({ item: { webhook, who }, problem }: ProblemLineProps) {
  const name = webhookName(webhook);
  if (!webhook.is_active) return <TurnOnAndResend webhook={webhook} count={webhook.not_delivered} />;
  if (who === 'none' || isGivenUp(webhook)) {
    const label = `Resend ${missingCount(webhook.not_delivered)}…`;
    return (
      <ResendAllButton size="xs" request={() => missingResend(webhook)} aria-label={`${label} ${name}`}>
        {label}
      </ResendAllButton>
    );
  }
  if (who === 'admin') {
    return (
      <ButtonLink
        variant="default"
        size="xs"
        to="/recruiter/api/webhooks/$id/settings"
        params={{ id: webhook.id }}
        aria-label={`Check the address: ${name}`}
      >
        Check the address
      </ButtonLink>
    );
  }
  return <LazyCopyReport webhook={webhook} problem={problem} aria-label={`Copy details for developer: ${name}`} />;
}

const LONGEST = 160;

function firstLine(text: string | null | undefined): string | null {
  const line = text?.split('\n').find((one) => one.trim() !== '');
  return line ? line.trim().slice(0, LONGEST) : null;
}
