import { Fragment, useContext } from 'react';
import { textOf } from '../../lib/json-text';
import { useMediaQuery } from '../../lib/use-media-query';
import { CodeBlock } from '../../ui/code-block';
import { NativeSelect, SegmentedControl } from '../../ui/kit';
import { TextLink } from '../../ui/link';
import { Page } from '../../ui/page';
import css from './guide.module.css';
import { AllLanguages, LANGUAGES, useLanguage } from './language';
import { NoCode } from './no-code';
import { SNIPPETS, type Snippet } from './snippets';

const TABS = LANGUAGES.map((value) => ({ value, label: value === 'none' ? 'No code' : SNIPPETS[value].label }));

/** How to check a signature, in the reader's language. */
export function VerifyCode() {
  const [language, choose] = useLanguage();
  // There is no room for eight tabs, and hidden ones would not be found.
  const narrow = useMediaQuery('(max-width: 640px)');
  if (useContext(AllLanguages)) {
    return (
      <>
        {TABS.map(({ value, label }) => (
          <section key={value}>
            <h2>{label}</h2>
            {value === 'none' ? <NoCode /> : <Code snippet={SNIPPETS[value]} />}
          </section>
        ))}
        <Rules compare={Object.values(SNIPPETS).map(({ compare }) => compare)} />
      </>
    );
  }
  return (
    <>
      <div>
        {narrow ? (
          <NativeSelect
            aria-label="Language"
            value={language}
            onChange={(event) => choose(event.currentTarget.value)}
            data={TABS}
          />
        ) : (
          <SegmentedControl aria-label="Language" value={language} onChange={choose} data={TABS} />
        )}
      </div>
      {language === 'none' ? (
        <NoCode />
      ) : (
        <>
          <Code snippet={SNIPPETS[language]} />
          <Rules compare={[SNIPPETS[language].compare]} />
        </>
      )}
    </>
  );
}

export function VerifySection() {
  return (
    <Page title="Check the signature" intro="It proves that a message comes from BPOC and was not changed.">
      <div className={css.prose}>
        <p>
          Anyone can send a POST to your address. Only BPOC and you know the secret, so only BPOC can make a valid
          signature. Keep the secret in the environment, as <code>BPOC_WEBHOOK_SECRET</code>, and never in the code.
        </p>
        <VerifyCode />
        <h2>Does the check fail?</h2>
        <p>
          Paste a message into the <TextLink to="/recruiter/api/guide/checker">signature checker</TextLink>. It tells
          you whether the secret is wrong or the body was changed.
        </p>
        <h2>Prefer a library?</h2>
        <p>
          The three <code>webhook-*</code> headers follow Standard Webhooks. Its official libraries, for Node, Python,
          Go, Ruby, PHP, Java and C#, check our messages as they are.
        </p>
      </div>
    </Page>
  );
}

function Code({ snippet }: { snippet: Snippet }) {
  return (
    <>
      <CodeBlock label={snippet.file} text={textOf(snippet.code)} tokens={snippet.code} maxHeight={720} />
      <p className={css.quiet}>
        {snippet.tested
          ? 'Tested: our tests run this very file against messages of a real server.'
          : `Not run: our test machines have no ${snippet.label}.`}
      </p>
    </>
  );
}

/** @param compare functions that compare in constant time. */
function Rules({ compare }: { compare: readonly string[] }) {
  return (
    <>
      <h2>Four rules</h2>
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
          <strong>Check all three webhook-* headers.</strong> They sign id, time and body. With{' '}
          <code>x-webhook-signature</code> alone, an old message that someone sends again looks new.
        </li>
        <li>
          <strong>Compare in constant time.</strong> Use{' '}
          {compare.map((name, index) => (
            <Fragment key={name}>
              {index > 0 ? ', ' : null}
              <code>{name}</code>
            </Fragment>
          ))}
          , not <code>==</code>.
        </li>
      </ul>
    </>
  );
}
