import { useMutation, useQueryClient } from '@tanstack/react-query';
import { handOver, handoverKey } from '../../../api/shared';
import type { Webhook } from '../../../api/types';
import { Button } from '../../../ui/kit';
import { ProblemNote } from '../../../ui/states';
import { LinkOnce } from './link-once';

interface HandOverSecretProps {
  webhook: Pick<Webhook, 'id' | 'kind'>;
  /** The one that was just shown: the server never shows it again. */
  secret: string;
  /** The link carries the secret: closing loses nothing. */
  onTaken: () => void;
}

/** Beside a new secret: a link for the developer instead of a copied text. */
export function HandOverSecret({ webhook, secret, onTaken }: HandOverSecretProps) {
  const { id } = webhook;
  const queryClient = useQueryClient();
  const making = useMutation({
    // The link is the answer; it must not stay in the cache of answers.
    gcTime: 0,
    mutationFn: () => handOver(id, secret),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: handoverKey(id) }),
  });
  // Only a web address has a developer.
  if (webhook.kind !== 'endpoint') return null;
  if (making.data) {
    return (
      <LinkOnce link={making.data} onTaken={onTaken}>
        Your developer can see the secret there once, with the address, the events, sample code and a test.
      </LinkOnce>
    );
  }
  return (
    <>
      <p style={{ marginTop: 16 }}>
        Or let your developer fetch it:{' '}
        <Button variant="default" size="xs" loading={making.isPending} onClick={() => making.mutate()}>
          Create a link for the developer
        </Button>
      </p>
      {making.isError ? <ProblemNote error={making.error} /> : null}
    </>
  );
}
