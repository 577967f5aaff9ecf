import { isStatus, wordsFor } from '../api/problem';
import { Store, useStore } from '../lib/store';
import { IconCheck, IconCross } from './icons';
import css from './toasts.module.css';

interface Toast {
  id: number;
  kind: 'done' | 'problem';
  text: string;
  /** What support asks for. */
  requestId?: string | undefined;
}

const SHOWN_MS = { done: 4_000, problem: 9_000 };

const toasts = new Store<readonly Toast[]>([]);
let nextId = 1;

/** Reports the result of the person's own action, on screen and to a screen reader, when no better place is in view. */
export function toast(kind: Toast['kind'], text: string, requestId?: string): void {
  const id = nextId++;
  toasts.set([...toasts.get().slice(-2), { id, kind, text, requestId }]);
  setTimeout(() => toasts.set(toasts.get().filter((entry) => entry.id !== id)), SHOWN_MS[kind]);
}

/** Why the person's own action failed, with the id for support. The sign-in dialog reports the end of a session. */
export function toastProblem(error: unknown): void {
  if (isStatus(error, 401)) return;
  const { text, requestId } = wordsFor(error);
  toast('problem', text, requestId);
}

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div className={css.region} role="status" aria-live="polite" aria-atomic="false">
      {shown.map((entry) => (
        <div key={entry.id} className={css.toast} data-kind={entry.kind}>
          {entry.kind === 'done' ? <IconCheck /> : <IconCross />}
          <span>
            {entry.text}
            {entry.requestId ? (
              <span className={css.requestId}>
                Request id: <code>{entry.requestId}</code>
              </span>
            ) : null}
          </span>
        </div>
      ))}
    </div>
  );
}
