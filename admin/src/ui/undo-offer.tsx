import { useEffect, useState } from 'react';
import { isStatus } from '../api/problem';
import { useFocusBack } from './focus-back';
import { VisuallyHidden } from './kit';
import { toast, toastProblem, type Undoable } from './toasts';
import css from './undo-offer.module.css';

interface UndoOfferProps {
  about: string;
  undoable: Undoable;
  /** The pointer or the focus is on it, which stops the countdown. */
  held: boolean;
  onEnd: () => void;
}

/** The button to undo an action, with a countdown. */
export function UndoOffer({ about, undoable, held, onEnd }: UndoOfferProps) {
  useFocusBack();
  const { undo, undone, ms } = undoable;
  const [busy, setBusy] = useState(false);
  const leftMs = useCountdown(undoable, { held, busy, onEnd });

  async function take(): Promise<void> {
    setBusy(true);
    try {
      await undo();
      toast('done', undone);
    } catch (error) {
      toastProblem(error);
    }
    onEnd();
  }

  const seconds = Math.ceil(leftMs / 1_000);
  return (
    <>
      <button
        type="button"
        className={css.undo}
        aria-label={`Undo: ${about}`}
        aria-keyshortcuts="Z"
        disabled={busy}
        onClick={() => void take()}
      >
        Undo
      </button>
      <span className={css.left} aria-hidden="true">
        {seconds} s
      </span>
      <VisuallyHidden>You can undo this for {Math.round(ms / 1_000)} seconds. Press Z.</VisuallyHidden>
    </>
  );
}

/** Milliseconds left. While it is held, the server is asked to restart its time too. */
function useCountdown(
  { keep, ms }: Undoable,
  { held, busy, onEnd }: { held: boolean; busy: boolean; onEnd: () => void },
): number {
  const [until, setUntil] = useState(() => Date.now() + ms);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (busy) return undefined;
    let over = false;
    const restart = () => {
      if (over) return;
      setUntil(Date.now() + ms);
      setNow(Date.now());
    };
    const hold = () =>
      void keep().then(restart, (error: unknown) => {
        // Another person has decided. A lost connection is retried.
        if ([404, 409, 412].some((status) => isStatus(error, status))) onEnd();
      });
    if (held) hold();
    const timer = held ? setInterval(hold, ms * 0.4) : setInterval(() => setNow(Date.now()), 200);
    return () => {
      over = true;
      clearInterval(timer);
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the action does not change
  }, [held, busy]);
  const leftMs = Math.max(0, until - now);
  useEffect(() => {
    if (leftMs === 0 && !held && !busy) onEnd();
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [leftMs, held, busy]);
  return leftMs;
}
