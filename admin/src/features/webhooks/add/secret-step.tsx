import { useState } from 'react';
import { downloadText } from '../../../lib/download';
import { CopyButton } from '../../../ui/copy-button';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { IconDownload, IconEye } from '../../../ui/icons';
import { Button } from '../../../ui/kit';
import css from './add-webhook.module.css';

interface SecretStepProps {
  secret: string;
  /** The person has taken the secret somewhere: closing loses nothing any more. */
  onSaved: () => void;
  onNext: () => void;
}

/** The only time anybody sees the secret. It lives in this dialog's memory and goes with it. */
export function SecretStep({ secret, onSaved, onNext }: SecretStepProps) {
  const [shown, setShown] = useState(false);
  return (
    <div className={css.pane}>
      <p>
        Your developer needs it to check that messages really come from BPOC.{' '}
        <strong>We show it only this one time.</strong>
      </p>
      <div className={css.secret}>
        <code className={css.secretText} data-testid="secret">
          {shown ? secret : `whsec_${'•'.repeat(26)}`}
        </code>
      </div>
      <div className={css.secretButtons}>
        <CopyButton text={secret} label="Copy" variant="filled" onCopied={onSaved} />
        <Button variant="default" leftSection={<IconEye />} aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide' : 'Show'}
        </Button>
        <Button
          variant="default"
          leftSection={<IconDownload />}
          onClick={() => {
            downloadText('bpoc-webhook.env', `BPOC_WEBHOOK_SECRET=${secret}\n`);
            onSaved();
          }}
        >
          Download .env
        </Button>
      </div>
      <p className={css.hint}>Give it to your developer over a safe way, such as a password manager. Not by e-mail.</p>
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
    </div>
  );
}
