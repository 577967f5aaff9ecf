import type { Webhook } from '../../../api/types';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button } from '../../../ui/kit';
import { HandOverSecret } from '../handover/hand-over-secret';
import { SecretOnce } from '../secret-once';

interface SecretStepProps {
  webhook: Webhook;
  secret: string;
  /** Called when the secret has been saved, so that closing loses nothing. */
  onSaved: () => void;
  onNext: () => void;
}

/** The second step of adding a webhook. */
export function SecretStep({ webhook, secret, onSaved, onNext }: SecretStepProps) {
  return (
    <>
      <SecretOnce secret={secret} onTaken={onSaved} />
      <HandOverSecret webhook={webhook} secret={secret} onTaken={onSaved} />
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
