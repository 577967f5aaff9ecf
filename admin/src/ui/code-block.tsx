import type { ReactNode } from 'react';
import { jsonTokens, type Token } from '../lib/json-text';
import { CopyButton } from './copy-button';
import css from './code-block.module.css';

interface CodeBlockProps {
  text: string;
  /** Its name, for screen readers and as the small heading. */
  label: string;
  /** JSON is coloured; other text is plain unless it has `tokens`. Nothing is ever interpreted as HTML. */
  json?: boolean;
  /** The text as coloured tokens. */
  tokens?: readonly Token[];
  /** The text to copy, if it differs from the one shown. */
  copy?: string;
  actions?: ReactNode;
  /** Another way to show it, in place of the text. */
  children?: ReactNode;
  maxHeight?: number;
}

/** Text that developers read and copy. It scrolls sideways by itself, so that the page never does. */
export function CodeBlock(props: CodeBlockProps) {
  const { text, label, json = false, copy = text, actions, children, maxHeight = 420 } = props;
  const tokens = json ? jsonTokens(text) : props.tokens;
  return (
    <figure className={css.block}>
      <figcaption className={css.bar}>
        <span className={css.label}>{label}</span>
        <span className={css.actions}>
          {actions}
          <CopyButton text={copy} label="Copy" size="compact-xs" />
        </span>
      </figcaption>
      {children ?? (
        // It can be scrolled by keyboard only if it is focusable.
        <pre className={css.code} style={{ maxHeight }} tabIndex={0} aria-label={label}>
          <code>{tokens ? <Coloured tokens={tokens} /> : text}</code>
        </pre>
      )}
    </figure>
  );
}

function Coloured({ tokens }: { tokens: readonly Token[] }) {
  return tokens.map((token, index) =>
    token.kind === 'plain' ? (
      token.text
    ) : (
      <span key={index} className={css[token.kind]}>
        {token.text}
      </span>
    ),
  );
}
