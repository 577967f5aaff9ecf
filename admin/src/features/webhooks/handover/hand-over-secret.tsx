import { useMutation, useQueryClient } from '@tanstack/react-query';
import { handOver, handoverKey } from '../../../api/shared';
import type { Webhook } from '../../../api/types';
import { Button } from '../../../ui/kit';
import { ProblemNote } from '../../../ui/states';
import { LinkOnce } from './link-once';

interface HandOverSecretProps {
  webhook: Pick<Webhook, 'id' | 'kind'>;
  /** The secret that was just shown; the server never shows it again. */
  secret: string;
  /** Called when the link contains the secret, so that closing loses nothing. */
  onTaken: () => void;
}

/** Next to a new secret: a link for the developer instead of copying the secret. */
export function HandOverSecret({ webhook, secret, onTaken }: HandOverSecretProps) {
  const { id } = webhook;
  const queryClient = useQueryClient();
  const making = useMutation({
    // The answer contains the link, so it must not stay in the cache.
    gcTime: 0,
    mutationFn: () => handOver(id, secret),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: handoverKey(id) }),
  });
  // Only endpoints have a developer.
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
