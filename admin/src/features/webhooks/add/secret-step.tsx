import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button } from '../../../ui/kit';
import { HandOverSecret } from '../handover/hand-over-secret';
import { SecretOnce } from '../secret-once';

interface SecretStepProps {
  webhookId: string;
  secret: string;
  /** The secret has been saved: closing loses nothing. */
  onSaved: () => void;
  onNext: () => void;
}

/** The second step of adding a webhook. */
export function SecretStep({ webhookId, secret, onSaved, onNext }: SecretStepProps) {
  return (
    <>
      <SecretOnce secret={secret} onTaken={onSaved} />
      <HandOverSecret webhookId={webhookId} secret={secret} onTaken={onSaved} />
      <DialogButtons>
        <Button
          onClick={() => {
            onSaved();
            onNext();
          }}
        >
          Saved. Next: send a test
        </Button>
      </DialogButtons>
    </>
  );
}
