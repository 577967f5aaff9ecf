import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { BrandMark } from '../../ui/brand-mark';
import { useFirstFocus } from '../../ui/first-focus';
import css from './session-card.module.css';

/** The small centred card of the screens without a session. */
export function SessionCard({ title, intro, children }: { title: string; intro: string; children: ReactNode }) {
  const heading = useFirstFocus();
  useEffect(() => {
    document.title = `${title} · BPOC`;
  }, [title]);
  return (
    <main className={css.screen}>
      <div className={css.card}>
        <BrandMark size={44} />
        <h1 ref={heading} tabIndex={-1} className={css.title}>
          {title}
        </h1>
        <p className={css.intro}>{intro}</p>
        {children}
      </div>
    </main>
  );
}
