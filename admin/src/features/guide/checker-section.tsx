import { useState, type FormEvent } from 'react';
import { canCheck, checkMessage } from '../../lib/signature';
import { IconCheck, IconCross } from '../../ui/icons';
import { Button, PasswordInput, Textarea } from '../../ui/kit';
import { TextLink } from '../../ui/link';
import { Page } from '../../ui/page';
import { InfoBar } from '../../ui/states';
import { checkerWords, type CheckerWords } from './checker-words';
import css from './guide.module.css';

/** Explains why a server refused a pasted message. Nothing leaves the page. */
export function CheckerSection() {
  return (
    <Page
      title="Signature checker"
      intro="Paste a message as your server got it. We check it here in your browser; nothing is sent or kept."
    >
      {canCheck() ? (
        <Checker />
      ) : (
        <InfoBar tone="warn">
          Your browser can check signatures only on a page that is opened over https. Ask for the https address.
        </InfoBar>
      )}
    </Page>
  );
}

const EMPTY = { headers: '', body: '', secret: '' };

function Checker() {
  const [pasted, setPasted] = useState(EMPTY);
  const [words, setWords] = useState<CheckerWords | null>(null);

  function change(part: Partial<typeof EMPTY>): void {
    setPasted({ ...pasted, ...part });
    setWords(null);
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setWords(checkerWords(await checkMessage(pasted)));
  }

  return (
    <form className={css.checker} onSubmit={(event) => void submit(event)} autoComplete="off">
      <Textarea
        label="Headers"
        description="All of them, or those with webhook in their name."
        placeholder={'webhook-id: …\nwebhook-timestamp: …\nwebhook-signature: v1,…'}
        value={pasted.headers}
        onChange={(event) => change({ headers: event.currentTarget.value })}
        classNames={{ input: css.code ?? '' }}
        rows={5}
        spellCheck={false}
      />
      <Textarea
        label="Body"
        description="The raw text, before anything read or changed it."
        value={pasted.body}
        onChange={(event) => change({ body: event.currentTarget.value })}
        classNames={{ input: css.code ?? '' }}
        rows={7}
        spellCheck={false}
      />
      <PasswordInput
        label="Secret"
        placeholder="whsec_…"
        value={pasted.secret}
        onChange={(event) => change({ secret: event.currentTarget.value })}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the secret' }}
        // No password manager should offer to save it.
        autoComplete="off"
        data-1p-ignore
        data-lpignore="true"
        spellCheck={false}
      />
      <div className={css.languages}>
        <Button type="submit">Check signature</Button>
        <Button
          variant="default"
          onClick={() => {
            setPasted(EMPTY);
            setWords(null);
          }}
        >
          Clear
        </Button>
      </div>
      <div role="status">{words ? <Answer words={words} /> : null}</div>
    </form>
  );
}

function Answer({ words }: { words: CheckerWords }) {
  return (
    <div className={css.verdict} data-good={words.good}>
      {words.good ? <IconCheck size={20} /> : <IconCross size={20} />}
      <div>
        <p className={css.verdictTitle}>{words.title}</p>
        <p>
          {words.help}
          {words.good ? null : (
            <>
              {' '}
              <TextLink to="/recruiter/api/guide/verify">How to check it in code</TextLink>
            </>
          )}
        </p>
      </div>
    </div>
  );
}
