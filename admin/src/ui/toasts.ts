import { isStatus, wordsFor } from '../api/problem';
import { Store } from '../lib/store';

interface Toast {
  id: number;
  kind: 'done' | 'problem';
  text: string;
  /** What support asks for. */
  requestId?: string | undefined;
  undoable?: Undoable;
}

/** How an action is undone. */
export interface Undoable {
  undo: () => Promise<unknown>;
  /** The message when it is undone. */
  undone: string;
  /** Restarts the server's time limit, while a person looks at the offer. */
  keep: () => Promise<unknown>;
  /** How long it can be undone; 0: not at all. */
  ms: number;
}

const SHOWN_MS = { done: 4_000, problem: 9_000 };

export const toasts = new Store<readonly Toast[]>([]);
let nextId = 1;

/** Reports the result of the person's own action, on screen and to screen readers, if there is no better place. */
export function toast(kind: Toast['kind'], text: string, requestId?: string): void {
  const id = show({ kind, text, requestId });
  setTimeout(() => endToast(id), SHOWN_MS[kind]);
}

/** Reports the person's own action and offers to undo it for a while. */
export function offerUndo(text: string, undoable: Undoable): void {
  if (undoable.ms === 0) toast('done', text);
  else show({ kind: 'done', text, undoable });
}

function show(entry: Omit<Toast, 'id'>): number {
  const id = nextId++;
  // An offer stays: it is the only one.
  const others = toasts.get();
  toasts.set([...others.filter(({ undoable }, index) => undoable || index >= others.length - 2), { id, ...entry }]);
  return id;
}

export function endToast(id: number): void {
  toasts.set(toasts.get().filter((entry) => entry.id !== id));
}

/** Why the person's own action failed, with the id for support. The sign-in dialog reports the end of a session. */
export function toastProblem(error: unknown): void {
  if (isStatus(error, 401)) return;
  const { text, requestId } = wordsFor(error);
  toast('problem', text, requestId);
}
