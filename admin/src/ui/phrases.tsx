import { capital } from '../lib/capital';
import css from './phrases.module.css';

/** Short facts separated by dots. Lines break between facts; only an overlong one breaks within. */
export function Phrases({ phrases }: { phrases: readonly string[] }) {
  return (
    <span className={css.phrases}>
      {phrases.map((phrase, index) => (
        <span key={phrase} className={css.phrase}>
          {index > 0 ? <span className={css.dot}> · </span> : null}
          {index === 0 ? capital(phrase) : phrase}
        </span>
      ))}
    </span>
  );
}
