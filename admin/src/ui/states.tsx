import type { ReactNode } from 'react';
import { wordsFor } from '../api/problem';
import { IconLock, IconWarning } from './icons';
import { Button, Skeleton, VisuallyHidden } from './kit';
import { TextLink } from './link';
import css from './states.module.css';

/** Lower rows hold one line. */
const TWO_LINES = 56;

/** Grey rows of the final height, so that nothing moves when the data arrives. */
export function LoadingRows({ rows, height, label = 'Loading' }: { rows: number; height: number; label?: string }) {
  return (
    <div className={css.rows} role="status">
      <VisuallyHidden>{label}…</VisuallyHidden>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={css.row} style={{ height }}>
          <Skeleton height={14} width={`${28 + ((index * 7) % 18)}%`} />
          {height < TWO_LINES ? null : <Skeleton height={12} width={`${46 + ((index * 11) % 22)}%`} />}
        </div>
      ))}
    </div>
  );
}

/** One sentence and one action, where a list would be. */
export function EmptyNote({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={css.note}>
      <p className={css.noteTitle}>{title}</p>
      {children ? <div className={css.noteText}>{children}</div> : null}
      {action ? <div className={css.noteAction}>{action}</div> : null}
    </div>
  );
}

/** Nothing could be loaded: what happened, the way out, and the id that support asks for. */
export function LoadError({ error, onRetry, title }: { error: unknown; onRetry: () => void; title?: string }) {
  const words = wordsFor(error);
  return (
    <div className={css.note} role="alert">
      <span className={css.bad}>
        <IconWarning size={26} />
      </span>
      <p className={css.noteTitle}>{title ?? 'We could not load this.'}</p>
      <div className={css.noteText}>
        {words.text} {words.requestId ? <RequestId id={words.requestId} /> : null}
      </div>
      <div className={css.noteAction}>
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      </div>
    </div>
  );
}

/** Older data stays on screen below it. */
export function StaleBar({ error, onRetry, what }: { error: unknown; onRetry: () => void; what: string }) {
  const words = wordsFor(error);
  return (
    <div className={css.bar} data-tone="warn" role="status">
      <IconWarning />
      <span className={css.barText}>
        We could not refresh {what}. {words.requestId ? <RequestId id={words.requestId} /> : null}
      </span>
      <Button variant="default" size="xs" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}

/** A plain line about the whole screen. */
export function InfoBar({ children, tone = 'quiet' }: { children: ReactNode; tone?: 'quiet' | 'warn' | 'bad' }) {
  return (
    <div className={css.bar} data-tone={tone}>
      {children}
    </div>
  );
}

/** Why the person is not allowed to see this, who can help, and a way back. */
export function ForbiddenNote({ children }: { children: ReactNode }) {
  return (
    <div className={css.note}>
      <IconLock size={26} />
      <div className={css.noteText}>{children}</div>
      <div className={css.noteAction}>
        <TextLink to="/recruiter/api/webhooks">Back to Webhooks</TextLink>
      </div>
    </div>
  );
}

/** Why the person's own action failed, next to its control. */
export function ProblemNote({ error }: { error: unknown }) {
  const words = wordsFor(error);
  return (
    <div className={css.bar} data-tone="bad" role="alert">
      <IconWarning />
      <span className={css.barText}>
        {words.text} {words.requestId ? <RequestId id={words.requestId} /> : null}
      </span>
    </div>
  );
}

function RequestId({ id }: { id: string }) {
  return (
    <span className={css.requestId}>
      Request id: <code>{id}</code>
    </span>
  );
}
