import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { membersQuery } from '../../../api/members';
import { useMe } from '../../../api/session';
import type { Me, Member } from '../../../api/types';
import { roleWords } from '../../../copy';
import { roleMeanings } from '../../../copy-forms';
import { deniedBecause } from '../../../lib/rights';
import { clockTime, shortDate } from '../../../lib/time';
import { Quiet, Under, type Column } from '../../../ui/data-table';
import { GuardedButton } from '../../../ui/guarded-button';
import { IconPlus } from '../../../ui/icons';
import { Page } from '../../../ui/page';
import { EmptyNote, InfoBar } from '../../../ui/states';
import { PagedTable } from '../paged-table';
import { InviteDialog } from './invite-dialog';
import { RemoveDialog } from './remove-dialog';
import { RoleDialog } from './role-dialog';

/** The action to confirm, and its member. */
type Doing = { what: 'invite'; member: Member | null } | { what: 'role' | 'remove'; member: Member };

/** The members of the agency and their roles. */
export function MembersPage() {
  const me = useMe();
  const query = useInfiniteQuery(membersQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const denied = deniedBecause(me, 'members.write', 'invite people and give roles');
  return (
    <Page
      title="Members"
      intro="The people in your agency, and what they can do here."
      actions={
        <GuardedButton
          denied={denied}
          leftSection={<IconPlus />}
          onClick={() => setDoing({ what: 'invite', member: null })}
        >
          Invite someone
        </GuardedButton>
      }
    >
      {denied ? <InfoBar>{denied}</InfoBar> : null}
      <PagedTable
        query={query}
        what="the members"
        label="Members"
        columns={columns(me, denied, setDoing)}
        keyOf={(member) => member.id}
        forbidden="Only people in this agency can see its members."
        empty={<EmptyNote title="No members yet.">Invite the first person.</EmptyNote>}
      />
      <Dialog doing={doing} onClose={() => setDoing(null)} />
    </Page>
  );
}

function Dialog({ doing, onClose }: { doing: Doing | null; onClose: () => void }): ReactNode {
  if (doing === null) return null;
  if (doing.what === 'invite') return <InviteDialog member={doing.member} onClose={onClose} />;
  if (doing.what === 'role') return <RoleDialog member={doing.member} onClose={onClose} />;
  return <RemoveDialog member={doing.member} onClose={onClose} />;
}

function columns(me: Me, denied: string | null, onDo: (doing: Doing) => void): Column<Member>[] {
  const buttons = [
    { what: 'role', label: 'Change role…', name: (member: Member) => `Change role: ${member.name}` },
    { what: 'invite', label: 'New link…', name: (member: Member) => `New link: ${member.name}` },
    { what: 'remove', label: 'Remove…', name: (member: Member) => `Remove ${member.name}` },
  ] as const;
  return [
    {
      label: 'Name',
      cell: (member) => (
        <>
          {member.name}
          {member.id === me.id ? <Quiet> (you)</Quiet> : null}
          {member.email && member.email !== member.name ? <Under>{member.email}</Under> : null}
        </>
      ),
    },
    { label: 'Role', cell: (member) => <span title={roleMeanings[member.role]}>{roleWords[member.role]}</span> },
    { label: 'Status', cell: (member) => <State member={member} /> },
    { label: 'Since', cell: (member) => shortDate(member.created_at) },
    {
      label: 'Actions',
      kind: 'actions',
      cell: (member) =>
        buttons.map(({ what, label, name }) => (
          <GuardedButton
            key={what}
            variant="default"
            size="xs"
            denied={denied}
            aria-label={name(member)}
            onClick={() => onDo({ what, member })}
          >
            {label}
          </GuardedButton>
        )),
    },
  ];
}

function State({ member }: { member: Member }) {
  if (member.status === 'active') return <>Active</>;
  return (
    <>
      Invited
      <Under>{member.invite_expires_at ? `link works until ${clockTime(member.invite_expires_at)}` : 'no link'}</Under>
    </>
  );
}
