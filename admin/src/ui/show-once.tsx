import { useBlocker } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { downloadText } from '../lib/download';
import { CopyButton } from './copy-button';
import { IconDownload, IconEye } from './icons';
import { Button } from './kit';
import css from './show-once.module.css';

interface ShowOnceProps {
  /** Explains its purpose, and that it is shown only now. */
  children: ReactNode;
  value: string;
  /** Shown instead until the person reveals it. */
  mask: string;
  file?: { name: string; label: string; text: string };
  hint?: ReactNode;
  /** Called when the value has been saved, so that closing loses nothing. */
  onTaken: () => void;
}

/** Shows a secret value once. It exists only in the memory of the surrounding dialog. */
export function ShowOnce({ children, value, mask, file, hint, onTaken }: ShowOnceProps) {
  const [shown, setShown] = useState(false);
  return (
    <div className={css.pane}>
      <p>{children}</p>
      <div className={css.value}>
        <code className={css.text} data-testid="secret">
          {shown ? value : mask}
        </code>
      </div>
      <div className={css.buttons}>
        <CopyButton text={value} label="Copy" variant="filled" onCopied={onTaken} />
        <Button variant="default" leftSection={<IconEye />} aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide' : 'Show'}
        </Button>
        {file ? (
          <Button
            variant="default"
            leftSection={<IconDownload />}
            onClick={() => {
              downloadText(file.name, file.text);
              onTaken();
            }}
          >
            {file.label}
          </Button>
        ) : null}
      </div>
      {hint ? <p className={css.hint}>{hint}</p> : null}
    </div>
  );
}

interface CloseGuardProps {
  /** What would be lost, as in "You have not copied the secret." */
  what: string;
  onStay: () => void;
  onLeave: () => void;
}

/** Asks before a value that is shown only once is lost. */
export function CloseGuard({ what, onStay, onLeave }: CloseGuardProps) {
  return (
    <div className={css.guard} role="alert">
      <p>You have not copied {what}. Close anyway?</p>
      <div className={css.guardButtons}>
        <Button size="xs" onClick={onStay} autoFocus>
          Stay here
        </Button>
        <Button size="xs" variant="default" onClick={onLeave}>
          Close anyway
        </Button>
      </div>
    </div>
  );
}

/**
 * For a dialog that is not a route: closes at once if nothing would be lost, else asks first; so do Back and links.
 * @returns `close` for the dialog, and the question to show in it (null while there is none).
 */
export function useCloseGuard(wouldLose: boolean, what: string, onClose: () => void) {
  const [asking, setAsking] = useState(false);
  const leaving = useBlocker({
    shouldBlockFn: () => wouldLose,
    enableBeforeUnload: () => wouldLose,
    withResolver: true,
  });
  const blocked = leaving.status === 'blocked';
  const stay = () => {
    setAsking(false);
    leaving.reset?.();
  };
  const leave = () => {
    onClose();
    leaving.proceed?.();
  };
  return {
    close: () => (wouldLose ? setAsking(true) : onClose()),
    question: wouldLose && (asking || blocked) ? <CloseGuard what={what} onStay={stay} onLeave={leave} /> : null,
  };
}
