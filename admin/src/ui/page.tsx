import { useEffect, useRef, type ReactNode } from 'react';
import css from './page.module.css';

interface PageProps {
  title: ReactNode;
  /** For the browser's tab; the title when that is plain text. */
  documentTitle?: string;
  /** A link back, above the title. */
  back?: ReactNode;
  /** One grey line under the title. */
  intro?: ReactNode;
  /** Buttons at the title's right. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A screen. Its heading gets the focus when it opens, so that screen readers announce it. */
export function Page({ title, documentTitle, back, intro, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const tabTitle = documentTitle ?? (typeof title === 'string' ? title : 'API & webhooks');
  useEffect(() => {
    document.title = `${tabTitle} · BPOC`;
  }, [tabTitle]);
  useEffect(() => {
    // A dialog that opened with the screen keeps its focus.
    if (document.querySelector('[role="dialog"]') === null) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={css.page}>
      {back ? <div className={css.back}>{back}</div> : null}
      <div className={css.head}>
        <div className={css.titles}>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {intro ? <div className={css.intro}>{intro}</div> : null}
        </div>
        {actions ? <div className={css.actions}>{actions}</div> : null}
      </div>
      {children}
    </div>
  );
}

/** A white box that holds one subject. */
export function Card({ title, children, tone }: { title?: ReactNode; children: ReactNode; tone?: 'danger' }) {
  return (
    <section className={css.card} data-tone={tone}>
      {title ? <h2 className={css.cardTitle}>{title}</h2> : null}
      {children}
    </section>
  );
}
