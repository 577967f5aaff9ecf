import type { ReactNode } from 'react';
import { jsonTokens } from '../lib/json-text';
import { CopyButton } from './copy-button';
import css from './code-block.module.css';

interface CodeBlockProps {
  text: string;
  /** What it is, for screen readers and as the small heading. */
  label: string;
  /** JSON gets colours; everything else is plain. Nothing is ever read as HTML. */
  json?: boolean;
  actions?: ReactNode;
  maxHeight?: number;
}

/** Text that developers read and copy. It scrolls sideways on its own, so that the page never does. */
export function CodeBlock({ text, label, json = false, actions, maxHeight = 420 }: CodeBlockProps) {
  return (
    <figure className={css.block}>
      <figcaption className={css.bar}>
        <span className={css.label}>{label}</span>
        <span className={css.actions}>
          {actions}
          <CopyButton text={text} label="Copy" size="compact-xs" />
        </span>
      </figcaption>
      {/* Keyboards scroll it only when it can take the focus. */}
      <pre className={css.code} style={{ maxHeight }} tabIndex={0} aria-label={label}>
        <code>{json ? <Coloured text={text} /> : text}</code>
      </pre>
    </figure>
  );
}

function Coloured({ text }: { text: string }) {
  return jsonTokens(text).map((token, index) =>
    token.kind === 'plain' ? (
      token.text
    ) : (
      <span key={index} className={css[token.kind]}>
        {token.text}
      </span>
    ),
  );
}
