import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { answerSignInCode, findSignInCode } from '../../../api/api-keys';
import { useMe } from '../../../api/session';
import type { FoundCode, Role } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { useSubmit } from '../../../lib/use-submit';
import { Ago } from '../../../ui/ago';
import { Button, NativeSelect, TextInput } from '../../../ui/kit';
import { Card, Page } from '../../../ui/page';
import { ForbiddenNote, InfoBar, ProblemNote } from '../../../ui/states';
import css from '../access.module.css';
import { RoleField } from '../role-field';
import { ENDS, endOf } from './key-ends';

/** Confirms the code that a command line shows, which then gets an API key. */
export function SignInCodePage() {
  const me = useMe();
  const denied = deniedBecause(me, 'keys.write', 'let a command line sign in');
  const [found, setFound] = useState<(FoundCode & { code: string }) | null>(null);
  const [done, setDone] = useState<'allowed' | 'refused' | null>(null);
  return (
    <Page
      // Remounted at each step, so that its heading takes the focus of the removed button.
      key={done ?? (found ? 'found' : 'code')}
      title="Sign in a command line"
      intro="It gets an API key of this agency, in your name."
    >
      {denied ? (
        <ForbiddenNote>{denied}</ForbiddenNote>
      ) : done ? (
        <InfoBar>{done === 'allowed' ? 'Done. Go back to the command line.' : 'Refused. It gets no key.'}</InfoBar>
      ) : found ? (
        <AnswerForm found={found} upTo={me.role} onDone={setDone} />
      ) : (
        <CodeForm onFound={setFound} />
      )}
    </Page>
  );
}

interface CodeFormProps {
  onFound: (found: FoundCode & { code: string }) => void;
}

function CodeForm({ onFound }: CodeFormProps) {
  const [code, setCode] = useState('');
  const finding = useMutation({ mutationFn: findSignInCode });

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!finding.isPending) finding.mutate(code, { onSuccess: (found) => onFound({ ...found, code }) });
  }

  return (
    <Card>
      <form className={css.page} onSubmit={submit} noValidate>
        <TextInput
          label="Code"
          description="The code that your own command line shows. Never enter one that someone sent you."
          placeholder="BCDF-GHJK"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
          maxLength={20}
        />
        {finding.isError ? <ProblemNote error={finding.error} /> : null}
        <div className={css.buttons}>
          <Button type="submit" disabled={code.trim() === ''}>
            Continue
          </Button>
        </div>
      </form>
    </Card>
  );
}

interface AnswerFormProps {
  found: FoundCode & { code: string };
  upTo: Role;
  onDone: (how: 'allowed' | 'refused') => void;
}

function AnswerForm({ found, upTo, onDone }: AnswerFormProps) {
  const [role, setRole] = useState<Role>('member');
  const [days, setDays] = useState('90');
  const { busy, problems, failure, run } = useSubmit();

  async function answer(allow: boolean): Promise<void> {
    if (busy) return;
    const asked = allow ? { role, ...endOf(days) } : {};
    const send = () => answerSignInCode({ user_code: found.code, allow, ...asked });
    if ((await run(['role', 'expires_at'], send)) !== null) onDone(allow ? 'allowed' : 'refused');
  }

  return (
    <Card title={found.client}>
      <form
        className={css.page}
        onSubmit={(event) => {
          event.preventDefault();
          void answer(true);
        }}
        noValidate
      >
        <p>
          Requested from {found.address}, <Ago iso={found.started_at} focusable />.
        </p>
        <p>Allow it only if you started this yourself. Anyone with the key has the rights of its role.</p>
        <RoleField label="What can it do?" value={role} onChange={setRole} upTo={upTo} error={problems.role} />
        <NativeSelect
          label="When does it expire?"
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
          data={[...ENDS]}
          error={problems.expires_at}
        />
        {failure ? <ProblemNote error={failure} /> : null}
        <div className={css.buttons}>
          <Button variant="default" onClick={() => void answer(false)}>
            Refuse
          </Button>
          <Button type="submit">Allow</Button>
        </div>
      </form>
    </Card>
  );
}
