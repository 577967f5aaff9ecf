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

/** How an act is taken back. */
export interface Undoable {
  undo: () => Promise<unknown>;
  /** Said when it is undone. */
  undone: string;
  /** Begins the server's time for it anew, as long as a person looks at the offer. */
  keep: () => Promise<unknown>;
  /** How much time there is; 0: none. */
  ms: number;
}

const SHOWN_MS = { done: 4_000, problem: 9_000 };

export const toasts = new Store<readonly Toast[]>([]);
let nextId = 1;

/** Reports the result of the person's own action, on screen and to a screen reader, when no better place is in view. */
export function toast(kind: Toast['kind'], text: string, requestId?: string): void {
  const id = show({ kind, text, requestId });
  setTimeout(() => endToast(id), SHOWN_MS[kind]);
}

/** Reports the person's own act and offers to undo it for a while. */
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
