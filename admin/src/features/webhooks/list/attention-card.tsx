import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { failureGroupsQuery } from '../../../api/failure-groups';
import { mustPoll } from '../../../api/live/live-state';
import { useMe } from '../../../api/session';
import type { FailureGroups, Webhook } from '../../../api/types';
import { failedAt } from '../../../lib/failure-group';
import { deniedBecause } from '../../../lib/rights';
import { webhookName } from '../../../lib/webhook-name';
import { GuardedButton } from '../../../ui/guarded-button';
import { IconCross, IconWarning } from '../../../ui/icons';
import { ButtonLink } from '../../../ui/link';
import { Phrases } from '../../../ui/phrases';
import { ResendAllButton } from '../../../ui/resend-all-button';
import { useRowFocus } from '../../../ui/row-focus';
import { LazyTestDialog } from '../test/lazy-test-dialog';
import type { Attention } from './attention';
import { FailureLines } from './failure-lines';
import css from './attention-card.module.css';

/** Polling pace while something fails and the numbers grow; the stream refreshes them without it. */
const REFRESH_MS = 20_000;

/** What is wrong, who can fix it and what happens next, visible without opening anything. */
export function AttentionCard({ items }: { items: readonly Attention[] }) {
  // Optional: without it the card shows less.
  const failures = useQuery({
    ...failureGroupsQuery(),
    enabled: items.length > 0,
    refetchInterval: () => (mustPoll() ? REFRESH_MS : false),
  }).data;
  const [testing, setTesting] = useState<Webhook | null>(null);
  const focus = useRowFocus<HTMLUListElement>(
    items.map(({ webhook }) => webhook.id),
    'li[data-tone]',
  );
  if (items.length === 0) return null;
  return (
    <section className={css.card} aria-labelledby="attention">
      <h2 id="attention" className={css.title}>
        Needs attention
      </h2>
      <ul className={css.list} {...focus}>
        {items.map((item) => (
          <li key={item.webhook.id} className={css.item} data-tone={item.tone}>
            <span className={css.icon}>
              {item.tone === 'bad' ? <IconCross size={18} /> : <IconWarning size={18} />}
            </span>
            <div className={css.text}>
              <p>
                <strong>{webhookName(item.webhook)}</strong> <span className={css.what}>{item.what}</span>
                {item.technical ? <span className={css.technical}> {item.technical}</span> : null}
              </p>
              <p className={css.help}>{item.help}</p>
              <FailureLines
                groups={failures?.data.filter((group) => group.webhook.id === item.webhook.id) ?? []}
                capped={failures?.capped ?? false}
                said={item.what}
              />
              {item.next.length > 0 ? (
                <p className={css.next}>
                  <Phrases phrases={item.next} />
                </p>
              ) : null}
            </div>
            <div className={css.actions}>
              <ButtonLink
                variant="default"
                size="xs"
                to="/recruiter/api/webhooks/$id"
                params={{ id: item.webhook.id }}
                aria-label={`See why: ${webhookName(item.webhook)}`}
              >
                See why
              </ButtonLink>
              <SendTest webhook={item.webhook} onSend={() => setTesting(item.webhook)} />
              <ResendFailed webhook={item.webhook} failures={failures} />
            </div>
          </li>
        ))}
      </ul>
      <LazyTestDialog webhook={testing} onClose={() => setTesting(null)} />
    </section>
  );
}

function SendTest({ webhook, onSend }: { webhook: Webhook; onSend: () => void }) {
  const me = useMe();
  return (
    <GuardedButton
      variant="default"
      size="xs"
      denied={deniedBecause(me, 'webhooks.test', 'send tests')}
      onClick={onSend}
      aria-label={`Send a test: ${webhookName(webhook)}`}
    >
      Send a test
    </GuardedButton>
  );
}

function ResendFailed({ webhook, failures }: { webhook: Webhook; failures: FailureGroups | undefined }) {
  const offer = failedAt(webhook.id, failures);
  if (!offer) return null;
  return (
    <ResendAllButton size="xs" request={() => offer.request} aria-label={`${offer.label} ${webhookName(webhook)}`}>
      {offer.label}
    </ResendAllButton>
  );
}
