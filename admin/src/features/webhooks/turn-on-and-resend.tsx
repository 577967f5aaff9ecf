import type { Webhook } from '../../api/types';
import { missingCount, missingResend } from '../../lib/not-delivered';
import { askToResend } from '../../lib/resend-request';
import { webhookName } from '../../lib/webhook-name';
import { GuardedButton } from '../../ui/guarded-button';
import { useMe } from '../../api/session';
import { deniedBecause } from '../../lib/rights';
import { useSetActive } from './use-set-active';

interface TurnOnAndResendProps {
  webhook: Webhook;
  /** What was missed while it was off. */
  count: Webhook['not_delivered'];
}

/** Next to the sentence about what was missed; the resend is previewed before it starts. */
export function TurnOnAndResend({ webhook, count }: TurnOnAndResendProps) {
  const me = useMe();
  const setActive = useSetActive(webhook);
  const denied =
    deniedBecause(me, 'webhooks.write', 'turn webhooks on and off') ??
    deniedBecause(me, 'recoveries.run', 'resend many at once');
  const label = count.count > 0 ? `Turn on and resend ${missingCount(count)}…` : 'Turn on';
  // Read now: once it is on, the time it was turned off is no longer known.
  const request = missingResend({ ...webhook, not_delivered: count });
  return (
    <GuardedButton
      size="xs"
      variant="default"
      denied={denied}
      loading={setActive.isPending}
      aria-label={`${label} ${webhookName(webhook)}`}
      onClick={() => setActive.mutate(true, { onSuccess: () => (count.count > 0 ? askToResend(request) : undefined) })}
    >
      {label}
    </GuardedButton>
  );
}
