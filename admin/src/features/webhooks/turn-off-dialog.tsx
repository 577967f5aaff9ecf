import { DialogButtons } from '../../ui/dialog-buttons';
import { Button, Modal } from '../../ui/kit';

interface TurnOffDialogProps {
  name: string;
  onKeep: () => void;
  onTurnOff: () => void;
}

/** Turning off changes what other systems get, so it is asked once. */
export function TurnOffDialog({ name, onKeep, onTurnOff }: TurnOffDialogProps) {
  return (
    <Modal opened onClose={onKeep} title={`Turn off ${name}?`}>
      <p>New events will be marked Skipped. You can send them later, for 30 days.</p>
      <p>Deliveries that still wait or retry will stop.</p>
      <DialogButtons>
        <Button variant="default" onClick={onKeep}>
          Keep it on
        </Button>
        <Button onClick={onTurnOff}>Turn off</Button>
      </DialogButtons>
    </Modal>
  );
}
