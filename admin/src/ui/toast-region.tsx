import { lazy, Suspense, useState } from 'react';
import { useStore } from '../lib/store';
import { IconCheck, IconCross } from './icons';
import { endToast, toasts } from './toasts';
import css from './toast-region.module.css';

const UndoOffer = lazy(() => import('./undo-offer').then((module) => ({ default: module.UndoOffer })));

export function Toasts() {
  const shown = useStore(toasts);
  /** The toast that the pointer or the focus is on. */
  const [held, setHeld] = useState<number | null>(null);
  return (
    <div className={css.region} role="status" aria-live="polite" aria-atomic="false">
      {shown.map((entry) => (
        <div
          key={entry.id}
          className={css.toast}
          data-kind={entry.kind}
          onMouseEnter={() => setHeld(entry.id)}
          onMouseLeave={() => setHeld(null)}
          onFocus={() => setHeld(entry.id)}
          onBlur={() => setHeld(null)}
        >
          {entry.kind === 'done' ? <IconCheck /> : <IconCross />}
          <span>
            {entry.text}
            {entry.requestId ? (
              <span className={css.requestId}>
                Request id: <code>{entry.requestId}</code>
              </span>
            ) : null}
          </span>
          {entry.undoable ? (
            <Suspense>
              <UndoOffer
                about={entry.text}
                undoable={entry.undoable}
                held={held === entry.id}
                onEnd={() => endToast(entry.id)}
              />
            </Suspense>
          ) : null}
        </div>
      ))}
    </div>
  );
}
