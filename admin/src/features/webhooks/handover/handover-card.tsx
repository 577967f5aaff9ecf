import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { endHandover, handOver, handoverKey, handoverQuery } from '../../../api/shared';
import { useMe } from '../../../api/session';
import type { SharedLink } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { clockTime, shortDate } from '../../../lib/time';
import { DataTable, type Column } from '../../../ui/data-table';
import { GuardedButton } from '../../../ui/guarded-button';
import { Card } from '../../../ui/page';
import { ProblemNote } from '../../../ui/states';
import { toastProblem } from '../../../ui/toasts';
import css from '../settings/settings.module.css';
import { LinkOnce } from './link-once';

const SECRETS: Record<SharedLink['secret'], string> = {
  none: 'without the secret',
  waiting: 'not read yet',
  read: 'read',
  replaced: 'replaced before it was read',
};

/** The open links that hand this webhook over, whether they were opened, and when they expire. */
export function HandoverCard({ webhookId }: { webhookId: string }) {
  const me = useMe();
  const queryClient = useQueryClient();
  const links = useQuery(handoverQuery(webhookId)).data ?? [];
  const denied = deniedBecause(me, 'secrets.write', 'hand webhooks over');
  const refresh = () => void queryClient.invalidateQueries({ queryKey: handoverKey(webhookId) });
  const making = useMutation({ gcTime: 0, mutationFn: () => handOver(webhookId, null), onSettled: refresh });
  const ending = useMutation({
    mutationFn: (link: string) => endHandover(webhookId, link),
    onError: toastProblem,
    onSettled: refresh,
  });
  return (
    <Card title="For your developer">
      <p className={css.quiet}>
        A link shows the address, the events, sample code and recent failures. It works for 7 days without an account.
        Only a link created together with a new secret includes the secret.
      </p>
      {links.length > 0 ? (
        <DataTable
          label="Open links"
          columns={columns(denied, (link) => ending.mutate(link))}
          rows={links}
          keyOf={({ id }) => id}
        />
      ) : null}
      {making.data ? (
        <LinkOnce link={making.data} onTaken={() => undefined}>
          Send it to your developer.
        </LinkOnce>
      ) : (
        <div>
          <GuardedButton variant="default" denied={denied} loading={making.isPending} onClick={() => making.mutate()}>
            Create a link
          </GuardedButton>
        </div>
      )}
      {making.isError ? <ProblemNote error={making.error} /> : null}
    </Card>
  );
}

function columns(denied: string | null, onEnd: (link: string) => void): Column<SharedLink>[] {
  return [
    { label: 'Created by', cell: (link) => link.created_by },
    { label: 'Opened', cell: (link) => (link.opened_at ? clockTime(link.opened_at) : 'not yet') },
    { label: 'Secret', cell: (link) => SECRETS[link.secret] },
    { label: 'Works until', cell: (link) => shortDate(link.expires_at) },
    {
      label: 'Actions',
      kind: 'actions',
      cell: (link) => (
        <GuardedButton
          variant="default"
          size="xs"
          denied={denied}
          aria-label={`End the link of ${link.created_by}`}
          onClick={() => onEnd(link.id)}
        >
          End
        </GuardedButton>
      ),
    },
  ];
}
