import { capital } from '../lib/capital';
import css from './phrases.module.css';

/** Short facts in a row, with dots between. Lines break between two of them; only an overlong one breaks within. */
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
