import { setPaused, useLiveState } from '../api/live/live-state';
import css from './live.module.css';

const WORDS = { live: 'Live', lost: 'Reconnecting…', paused: 'Paused' };

/** Shows whether the screen follows live changes, and lets the reader freeze it (WCAG 2.2.2). */
export function LiveToggle() {
  const state = useLiveState();
  // Reserves the space, so that nothing moves when the stream starts.
  if (state === 'off') return <span className={css.place} aria-hidden="true" />;
  return (
    <button
      type="button"
      className={css.toggle}
      data-state={state}
      aria-pressed={state !== 'paused'}
      aria-keyshortcuts="L"
      title={state === 'paused' ? 'Resume updates' : 'Pause updates'}
      onClick={() => setPaused(state !== 'paused')}
    >
      <span className={css.dot} aria-hidden="true" />
      <span className={css.word}>{WORDS[state]}</span>
    </button>
  );
}
