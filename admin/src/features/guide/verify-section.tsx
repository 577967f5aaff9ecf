import { useState } from 'react';
// oxlint-disable-next-line import/default -- Vite's ?raw gives the file's text
import nodeSnippet from '../../../../examples/verify-node.mjs?raw';
import pythonSnippet from '../../../../examples/verify_python.py?raw';
import { CodeBlock } from '../../ui/code-block';
import { SegmentedControl } from '../../ui/kit';
import { TextLink } from '../../ui/link';
import { Page } from '../../ui/page';
import css from './guide.module.css';

/** The very files that the project's tests run against messages of a real server. */
const SNIPPETS = {
  node: { label: 'Node', file: 'verify-node.mjs', code: nodeSnippet },
  python: { label: 'Python', file: 'verify_python.py', code: pythonSnippet },
} as const;

type Language = keyof typeof SNIPPETS;

const REMEMBERED = 'bpoc-guide-language';

export function VerifySection() {
  const [language, setLanguage] = useState<Language>(() =>
    localStorage.getItem(REMEMBERED) === 'python' ? 'python' : 'node',
  );
  const snippet = SNIPPETS[language];

  function choose(value: string): void {
    const next = value === 'python' ? 'python' : 'node';
    setLanguage(next);
    localStorage.setItem(REMEMBERED, next);
  }

  return (
    <Page title="Check the signature" intro="It proves that a message comes from BPOC and that nobody changed it.">
      <div className={css.prose}>
        <p>
          Anybody can send a POST to your address. Only BPOC and you know the secret, so only BPOC can make a signature
          that fits. Keep the secret in the environment, as <code>BPOC_WEBHOOK_SECRET</code>, and never in the code.
        </p>
        <div>
          <SegmentedControl
            aria-label="Language"
            value={language}
            onChange={choose}
            data={Object.entries(SNIPPETS).map(([value, { label }]) => ({ value, label }))}
          />
        </div>
        <CodeBlock label={snippet.file} text={snippet.code.trim()} maxHeight={720} />
        <h2>Three rules</h2>
        <ul>
          <li>
            <strong>Use the raw body.</strong> Check the bytes as they arrived, before any JSON parser reads them.
          </li>
          <li>
            <strong>Use the whole secret.</strong> <code>x-webhook-signature</code> takes it as it is, with{' '}
            <code>whsec_</code> in front. The <code>webhook-signature</code> header uses the bytes after it, read as
            base64.
          </li>
          <li>
            <strong>Compare in constant time.</strong> Use <code>timingSafeEqual</code> or <code>compare_digest</code>,
            not <code>==</code>.
          </li>
        </ul>
        <h2>Does it say no?</h2>
        <p>
          Paste a message into the <TextLink to="/recruiter/api/guide/checker">signature checker</TextLink>. It tells a
          wrong secret from a body that was changed.
        </p>
        <h2>Do you like a library better?</h2>
        <p>
          The three <code>webhook-*</code> headers follow Standard Webhooks. Its official libraries, for Node, Python,
          Go, Ruby, PHP, Java and C#, check our messages as they are.
        </p>
      </div>
    </Page>
  );
}
