import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { auditQuery } from '../../../api/audit';
import { useMe } from '../../../api/session';
import type { AuditEntry } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { Ago } from '../../../ui/ago';
import { Quiet, Under, type Column } from '../../../ui/data-table';
import { NativeSelect } from '../../../ui/kit';
import { TextLink } from '../../../ui/link';
import { Page } from '../../../ui/page';
import { EmptyNote, ForbiddenNote } from '../../../ui/states';
import css from '../access.module.css';
import { PagedTable } from '../paged-table';
import { actionWords, actorKinds, detailText, targetWords } from './audit-words';

const route = getRouteApi('/signed-in/recruiter/api/audit');

const KINDS = [
  { value: '', label: 'Everything' },
  { value: 'webhook', label: 'Webhooks and secrets' },
  { value: 'delivery', label: 'Deliveries and messages read' },
  { value: 'key', label: 'API keys' },
  { value: 'user', label: 'People and sign-ins' },
  { value: 'agency', label: 'The agency' },
];

/** Who did what, and when. */
export function AuditPage() {
  const denied = deniedBecause(useMe(), 'audit.read', 'read the audit log');
  return (
    <Page title="Audit log" intro="Who did what, newest first. Nobody can change it; we keep it for a year.">
      {denied ? <ForbiddenNote>{denied}</ForbiddenNote> : <AuditList />}
    </Page>
  );
}

function AuditList() {
  const { kind } = route.useSearch();
  const navigate = useNavigate();
  const query = useInfiniteQuery(auditQuery(kind ? `${kind}.*` : undefined));

  function choose(value: string): void {
    void navigate({ to: '/recruiter/api/audit', search: value === '' ? {} : { kind: value } });
  }

  return (
    <>
      <NativeSelect
        className={css.filter}
        label="Show"
        value={kind ?? ''}
        onChange={(event) => choose(event.currentTarget.value)}
        data={KINDS}
      />
      <PagedTable
        query={query}
        what="the audit log"
        label="Audit log"
        columns={COLUMNS}
        keyOf={(entry) => entry.id}
        forbidden="Only admins can read the audit log."
        empty={
          <EmptyNote title={kind ? 'Nothing of this kind yet.' : 'Nothing yet.'}>
            It fills by itself as people work here.
          </EmptyNote>
        }
      />
    </>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  {
    label: 'What',
    cell: (entry) => {
      const details = detailText(entry.details);
      return (
        <>
          {actionWords(entry.action)}
          {details ? <Under>{details}</Under> : null}
        </>
      );
    },
  },
  {
    label: 'Who',
    cell: ({ actor }) => (
      <>
        {actor.name ?? actorKinds[actor.kind]}
        {actor.name && actor.kind !== 'user' ? <Quiet> ({actorKinds[actor.kind]})</Quiet> : null}
      </>
    ),
  },
  { label: 'To what', cell: (entry) => <Target target={entry.target} /> },
  { label: 'When', cell: (entry) => <Ago iso={entry.at} focusable /> },
];

/** A link where there is a screen for it. */
function Target({ target }: { target: AuditEntry['target'] }) {
  if (!target?.id) return <Quiet>–</Quiet>;
  const short = target.id.slice(-8);
  if (target.kind === 'webhook') {
    return (
      <TextLink to="/recruiter/api/webhooks/$id" params={{ id: target.id }}>
        Webhook …{short}
      </TextLink>
    );
  }
  if (target.kind === 'delivery') {
    return (
      <TextLink to="/recruiter/api/deliveries/$id" params={{ id: target.id }}>
        Delivery …{short}
      </TextLink>
    );
  }
  return (
    <Quiet>
      {targetWords(target.kind)} …{short}
    </Quiet>
  );
}
