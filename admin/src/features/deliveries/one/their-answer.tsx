import { useQuery } from '@tanstack/react-query';
import { deliveryContentQuery } from '../../../api/deliveries';
import { useMe } from '../../../api/session';
import type { DeliveryDetail } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { CodeBlock } from '../../../ui/code-block';
import { useStays } from './use-stays';

interface TheirAnswerProps {
  delivery: DeliveryDetail;
  /** The try whose answer is shown. */
  attempt: number | null;
}

/** What they said to a delivery that is not through, for those who may read contents: it often says why. */
export function TheirAnswer({ delivery, attempt }: TheirAnswerProps) {
  const denied = deniedBecause(useMe(), 'content.read', '') !== null;
  const stays = useStays();
  const content = useQuery({
    ...deliveryContentQuery(delivery.id, delivery.attempts),
    enabled: stays && !denied,
  }).data;
  const answer = content?.attempts.find(({ n }) => n === attempt);
  if (!answer?.response_body || answer.response_body_encoding === 'hex') return null;
  return <CodeBlock label="Their answer" text={answer.response_body} maxHeight={160} />;
}
