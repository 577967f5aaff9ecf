import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { apiKeysQuery, revokeApiKey } from '../../../api/api-keys';
import { useMe } from '../../../api/session';
import type { ApiKey } from '../../../api/types';
import { roleWords } from '../../../copy';
import { deniedBecause } from '../../../lib/rights';
import { shortDate } from '../../../lib/time';
import { Ago } from '../../../ui/ago';
import { Quiet, Under, type Column } from '../../../ui/data-table';
import { GuardedButton } from '../../../ui/guarded-button';
import { IconPlus } from '../../../ui/icons';
import { Button } from '../../../ui/kit';
import { Page } from '../../../ui/page';
import { EmptyNote, ForbiddenNote } from '../../../ui/states';
import { toast } from '../../../ui/toasts';
import { ConfirmDialog } from '../confirm-dialog';
import { PagedTable } from '../paged-table';
import { CreateKeyDialog } from './create-key-dialog';

const INTRO = 'A key lets one of your programs use this API.';

/** The API keys of the agency's own programs. */
export function KeysPage() {
  const me = useMe();
  const [creating, setCreating] = useState(false);
  const denied = deniedBecause(me, 'keys.write', 'see and create API keys');
  return (
    <Page
      title="API keys"
      intro={INTRO}
      actions={
        <GuardedButton denied={denied} leftSection={<IconPlus />} onClick={() => setCreating(true)}>
          New key
        </GuardedButton>
      }
    >
      {denied ? <ForbiddenNote>{denied}</ForbiddenNote> : <KeyList />}
      {creating ? <CreateKeyDialog upTo={me.role} onClose={() => setCreating(false)} /> : null}
    </Page>
  );
}

function KeyList() {
  const query = useInfiniteQuery(apiKeysQuery);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  return (
    <>
      <PagedTable
        query={query}
        what="the keys"
        label="API keys"
        columns={columns(setRevoking)}
        keyOf={(key) => key.id}
        forbidden="Only admins can see API keys."
        empty={
          <EmptyNote title="No keys yet.">
            Create one for each program, so that you can revoke each on its own.
          </EmptyNote>
        }
      />
      {revoking ? <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} /> : null}
    </>
  );
}

function columns(onRevoke: (key: ApiKey) => void): Column<ApiKey>[] {
  return [
    {
      label: 'Name',
      cell: (key) => (
        <>
          {key.name}
          <Under>
            <code>bpoc_key_…{key.last4}</code>
          </Under>
        </>
      ),
    },
    { label: 'Role', cell: (key) => roleWords[key.role] },
    {
      label: 'Created',
      cell: (key) => (
        <>
          {shortDate(key.created_at)}
          {key.created_by ? <Quiet> by {key.created_by}</Quiet> : null}
        </>
      ),
    },
    { label: 'Last used', cell: (key) => (key.last_used_at ? <Ago iso={key.last_used_at} /> : <Quiet>never</Quiet>) },
    { label: 'Expires', cell: (key) => <Ends apiKey={key} /> },
    {
      label: 'Actions',
      kind: 'actions',
      cell: (key) => (
        <Button variant="default" size="xs" aria-label={`Revoke ${key.name}`} onClick={() => onRevoke(key)}>
          Revoke…
        </Button>
      ),
    },
  ];
}

function Ends({ apiKey }: { apiKey: ApiKey }) {
  if (apiKey.expires_at === null) return <Quiet>never</Quiet>;
  return apiKey.expired ? <>ended {shortDate(apiKey.expires_at)}</> : <>{shortDate(apiKey.expires_at)}</>;
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const queryClient = useQueryClient();
  return (
    <ConfirmDialog
      title={`Revoke ${apiKey.name}?`}
      keep="Keep it"
      action="Revoke key"
      run={() => revokeApiKey(apiKey.id)}
      onDone={() => {
        toast('done', `${apiKey.name} is revoked.`);
        onClose();
        void queryClient.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
      }}
      onClose={onClose}
    >
      Programs that use it lose access within 10 seconds. This cannot be undone.
    </ConfirmDialog>
  );
}
