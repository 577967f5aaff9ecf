import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { auditQuery } from '../../../api/audit';
import { deliveryCountsQuery } from '../../../api/deliveries';
import { useMe } from '../../../api/session';
import type { WebhookDetail } from '../../../api/types';
import { healthWords } from '../../../copy';
import { missingCount, missingSearch } from '../../../lib/not-delivered';
import { offSentence } from '../../../lib/off-words';
import { deniedBecause } from '../../../lib/rights';
import { GuardedButton } from '../../../ui/guarded-button';
import { TextLink } from '../../../ui/link';
import { TurnOnAndResend } from '../turn-on-and-resend';
import type { TurnOn } from '../use-turn-on';
import css from './activity.module.css';

interface OffBannerProps {
  webhook: WebhookDetail;
  /** Who has to act, if the server turned it off. */
  help: string | null;
  power: TurnOn;
}

/** Who turned it off, when and why, and the button to turn it on. */
export function OffBanner({ webhook, help, power }: OffBannerProps) {
  const person = useWhoTurnedOff(webhook);
  const missed = useMissed(webhook);
  return (
    <section className={css.banner} data-tone={help === null ? 'quiet' : 'bad'}>
      <h2>{offSentence(webhook, person)}</h2>
      <p>{help ?? healthWords.off.meaning}</p>
      <div className={css.bannerActions}>
        {missed.count > 0 ? <TurnOnAndResend webhook={webhook} count={missed} /> : null}
        <GuardedButton size="xs" variant="default" denied={power.denied} loading={power.busy} onClick={power.turnOn}>
          Turn on
        </GuardedButton>
        {missed.count > 0 ? (
          <TextLink className={css.missing} to="/recruiter/api/deliveries" search={missingSearch(webhook)}>
            {`See ${missingCount(missed)} not delivered`}
          </TextLink>
        ) : null}
      </div>
    </section>
  );
}

/** What could be sent once it is on, even if a person turned it off. */
function useMissed({ id, off_reason, not_delivered }: WebhookDetail): WebhookDetail['not_delivered'] {
  const counts = useQuery({ ...deliveryCountsQuery({ webhook_id: id }), enabled: off_reason === 'person' }).data;
  return off_reason === 'person' && counts ? { ...counts.skipped, since: null } : not_delivered;
}

/** The name from the audit log for people who can read that; "a person" for others. */
function useWhoTurnedOff({ id, off_reason }: WebhookDetail): string | undefined {
  const me = useMe();
  const enabled = off_reason === 'person' && deniedBecause(me, 'audit.read', '') === null;
  const query = useInfiniteQuery({ ...auditQuery('webhook.updated', id), enabled });
  const entry = query.data?.pages[0]?.data.find(({ details }) => details['is_active'] === false);
  if (!entry) return undefined;
  return entry.actor.id === me.id ? 'you' : (entry.actor.name ?? undefined);
}
