import type { ReactNode } from 'react';
import css from './test-panel.module.css';

/** Long content that few people need, folded. */
export function Fold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className={css.fold}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
