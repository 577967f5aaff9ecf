import { useQuery } from '@tanstack/react-query';
import { deliveryCountsQuery } from '../../api/deliveries';
import { useMe } from '../../api/session';
import type { DeliveryCounts } from '../../api/types';
import { keptFor } from '../../lib/retention';
import { DialogButtons } from '../../ui/dialog-buttons';
import { Button } from '../../ui/kit';
import { Modal } from '../../ui/modal';

interface TurnOffDialogProps {
  webhookId: string;
  name: string;
  onKeep: () => void;
  onTurnOff: () => void;
}

/** Asks for confirmation, because turning off changes what other systems get. */
export function TurnOffDialog({ webhookId, name, onKeep, onTurnOff }: TurnOffDialogProps) {
  const me = useMe();
  // Counted while the question is shown; without the count, the text has no number.
  const counts = useQuery({ ...deliveryCountsQuery({ webhook_id: webhookId }), staleTime: 0 }).data;
  return (
    <Modal opened onClose={onKeep} title={`Turn off ${name}?`}>
      <p>New events will be marked Skipped. You can send them later, for {keptFor(me)}.</p>
      <p>{stopWords(counts)}</p>
      <DialogButtons onLeave={onKeep} leave="Keep it on" focused>
        <Button onClick={onTurnOff}>Turn off</Button>
      </DialogButtons>
    </Modal>
  );
}

function stopWords(counts: DeliveryCounts | undefined): string {
  if (!counts) return 'Deliveries that still wait or retry will stop.';
  const pending = counts.waiting.count + counts.retrying.count;
  if (pending === 0) return 'Nothing is on its way right now.';
  const capped = counts.waiting.capped || counts.retrying.capped ? '+' : '';
  return pending === 1
    ? '1 delivery that is still waiting or retrying will stop.'
    : `${pending.toLocaleString('en')}${capped} deliveries that are still waiting or retrying will stop.`;
}
