import type { ReactNode } from 'react';
import css from './dialog-buttons.module.css';

/** The foot of a dialog: the way out first, what the dialog is for last. */
export function DialogButtons({ children }: { children: ReactNode }) {
  return <div className={css.buttons}>{children}</div>;
}
