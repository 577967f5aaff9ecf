import { useMutation } from '@tanstack/react-query';
import { readSharedSecret } from '../../api/shared';
import type { SharedHandover } from '../../api/types';
import { Button } from '../../ui/kit';
import { Card } from '../../ui/page';
import { ShowOnce } from '../../ui/show-once';
import { ProblemNote } from '../../ui/states';

const STATES: Record<Exclude<SharedHandover['secret'], 'waiting'>, string> = {
  none: 'This link does not include the secret. Ask the person who sent it for a new link.',
  read: 'The secret was already shown, and that works only once. If it was not you, tell the person who sent the link.',
  replaced: 'A newer secret has been created since. Ask for a new link.',
};

/** Behind a button, so that a program that opens links does not use it up. */
export function Secret({ token, state }: { token: string; state: SharedHandover['secret'] }) {
  // The answer contains the secret, so it must not stay in the cache.
  const reading = useMutation({ gcTime: 0, mutationFn: () => readSharedSecret(token) });
  return (
    <Card title="Your secret">
      {reading.data ? (
        <ShowOnce
          value={reading.data}
          mask={`whsec_${'•'.repeat(26)}`}
          file={{ name: 'bpoc-webhook.env', label: 'Download .env', text: `BPOC_WEBHOOK_SECRET=${reading.data}\n` }}
          onTaken={() => undefined}
        >
          Keep it in the environment, never in the code. <strong>We show it only once.</strong>
        </ShowOnce>
      ) : state === 'waiting' ? (
        <>
          <p>You need it to check that messages come from BPOC. It is shown once, so have a safe place ready for it.</p>
          <div>
            <Button loading={reading.isPending} onClick={() => reading.mutate()}>
              Show the secret
            </Button>
          </div>
          {reading.isError ? <ProblemNote error={reading.error} /> : null}
        </>
      ) : (
        <p>{STATES[state]}</p>
      )}
    </Card>
  );
}
