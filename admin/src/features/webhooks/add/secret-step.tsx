import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button } from '../../../ui/kit';
import { SecretOnce } from '../secret-once';

interface SecretStepProps {
  secret: string;
  /** The secret has been saved: closing loses nothing. */
  onSaved: () => void;
  onNext: () => void;
}

/** The second step of adding a webhook. */
export function SecretStep({ secret, onSaved, onNext }: SecretStepProps) {
  return (
    <>
      <SecretOnce secret={secret} onTaken={onSaved} />
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
