import type { DeliveryDetail, Pace } from '../api/types';

/** "1 message a second", "30 messages a minute". */
export const paceWords = ({ limit, per }: Pace): string => `${limit} ${limit === 1 ? 'message' : 'messages'} a ${per}`;

/** Why a delivery that could be sent is not sent yet. */
export function waitsWords({ for: why, pace, before }: NonNullable<DeliveryDetail['waits']>): string {
  if (why === 'quiet_hours') return 'Waits until quiet hours end.';
  const others = before === 0 ? 'it is the next one' : `${before.toLocaleString('en')} before it`;
  const together = why === 'group' ? ', in one message with others' : '';
  return `Waits for its turn${together}: at most ${paceWords(pace)}, ${others}.`;
}
