import { lazy, Suspense, useMemo, useState } from 'react';
import { noTreeWords } from '../copy-forms';
import { prettyJson } from '../lib/json-text';
import { jsonTree } from '../lib/json-tree';
import { useRemembered } from '../lib/remembered';
import { CodeBlock } from './code-block';
import css from './code-block.module.css';
import { Button, SegmentedControl } from './kit';
import { LoadingRows } from './states';

const JsonTree = lazy(() => import('./json-tree').then((module) => ({ default: module.JsonTree })));

const VIEWS = [
  { value: 'tree', label: 'Tree' },
  { value: 'text', label: 'Text' },
];

/**
 * Received text that may be JSON: as a tree, formatted, or exact. A tree that would differ from what was sent is not
 * offered. Copying always takes the exact text, because the signature matches no other.
 */
export function JsonBlock({ text, label }: { text: string; label: string }) {
  const [view, choose] = useRemembered('bpoc-json-view', ['tree', 'text']);
  const [exact, setExact] = useState(false);
  const pretty = useMemo(() => prettyJson(text), [text]);
  const reading = useMemo(() => jsonTree(text), [text]);
  const tree = reading && 'tree' in reading ? reading.tree : null;
  const asTree = tree !== null && view === 'tree';
  return (
    <div>
      <CodeBlock
        label={label}
        text={exact || pretty === null ? text : pretty}
        copy={text}
        json={pretty !== null}
        actions={
          <>
            {asTree || pretty === null ? null : (
              <Button variant="default" size="compact-xs" aria-pressed={exact} onClick={() => setExact(!exact)}>
                Exact bytes
              </Button>
            )}
            {tree ? (
              <SegmentedControl aria-label="Show as" size="xs" value={view} onChange={choose} data={VIEWS} />
            ) : null}
          </>
        }
      >
        {asTree ? (
          <Suspense fallback={<LoadingRows rows={1} height={120} label="Loading the tree" />}>
            {/* Another message begins unfolded. */}
            <JsonTree key={text} label={label} tree={tree} />
          </Suspense>
        ) : null}
      </CodeBlock>
      {reading && 'because' in reading ? <p className={css.note}>{noTreeWords[reading.because]}</p> : null}
    </div>
  );
}
