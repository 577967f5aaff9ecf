import type { ReactNode } from 'react';
import css from './dialog-buttons.module.css';
import { Button } from './kit';

interface DialogButtonsProps {
  /** Adds a button that leaves, named `leave`. */
  onLeave?: () => void;
  leave?: string;
  children?: ReactNode;
}

/** The foot of a dialog: the way out first, what the dialog is for last. */
export function DialogButtons({ onLeave, leave = 'Cancel', children }: DialogButtonsProps) {
  return (
    <div className={css.buttons}>
      {onLeave ? (
        <Button variant="default" onClick={onLeave}>
          {leave}
        </Button>
      ) : null}
      {children}
    </div>
  );
}
