import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button } from '../../../ui/kit';
import { SecretOnce } from '../secret-once';

interface SecretStepProps {
  secret: string;
  /** The person has taken the secret somewhere: closing loses nothing any more. */
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
          I saved it — send a test
        </Button>
      </DialogButtons>
    </>
  );
}
