import type { ReactNode } from 'react';
import css from './dialog-buttons.module.css';
import { Button } from './kit';

interface DialogButtonsProps {
  /** Adds a button named `leave` that closes the dialog. */
  onLeave?: () => void;
  leave?: string;
  /** It has the initial focus, in a dialog without fields that asks about something with consequences. */
  focused?: boolean;
  children?: ReactNode;
}

/** The foot of a dialog: the button that closes it first, its action last. */
export function DialogButtons({ onLeave, leave = 'Cancel', focused, children }: DialogButtonsProps) {
  return (
    <div className={css.buttons}>
      {onLeave ? (
        <Button variant="default" onClick={onLeave} data-autofocus={focused}>
          {leave}
        </Button>
      ) : null}
      {children}
    </div>
  );
}
