import type { Attempt } from '../../../api/types';
import { duration } from '../../../lib/time';
import css from './timeline.module.css';

const PARTS = [
  { key: 'dns_ms', word: 'lookup' },
  { key: 'connect_ms', word: 'connect' },
  { key: 'tls_ms', word: 'TLS' },
  { key: 'first_byte_ms', word: 'answer' },
] as const;

/** How the time of a try was spent: DNS, connecting, TLS, waiting for the answer. */
export function TimingBar({ attempt }: { attempt: Pick<Attempt, 'timing'> }) {
  const parts = PARTS.flatMap(({ key, word }) => {
    const ms = attempt.timing[key];
    return ms === null ? [] : [{ key, word, ms }];
  });
  if (parts.length === 0) return null;
  return (
    <div className={css.timing}>
      <span className={css.bar} aria-hidden="true">
        {parts.map((part) => (
          <span key={part.key} data-part={part.key} style={{ flexGrow: Math.max(part.ms, 0.5) }} />
        ))}
      </span>
      <span className={css.split}>{parts.map((part) => `${part.word} ${duration(part.ms)}`).join(' · ')}</span>
    </div>
  );
}
