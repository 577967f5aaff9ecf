import { setPaused, useLiveState } from '../api/live/live-state';
import css from './live.module.css';

const WORDS = { live: 'Live', lost: 'Reconnecting…', paused: 'Paused' };

/** Says whether the screen follows by itself, and lets the reader make it stand still (WCAG 2.2.2). */
export function LiveToggle() {
  const state = useLiveState();
  // Its place is kept: what stands beside it does not move when the stream begins.
  if (state === 'off') return <span className={css.place} aria-hidden="true" />;
  return (
    <button
      type="button"
      className={css.toggle}
      data-state={state}
      aria-pressed={state !== 'paused'}
      aria-keyshortcuts="L"
      title={state === 'paused' ? 'Follow changes again' : 'Let the screen stand still'}
      onClick={() => setPaused(state !== 'paused')}
    >
      <span className={css.dot} aria-hidden="true" />
      {WORDS[state]}
    </button>
  );
}
