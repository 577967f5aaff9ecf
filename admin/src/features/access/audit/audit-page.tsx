import { useInfiniteQuery, useQuery, type InfiniteData } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { auditQuery } from '../../../api/audit';
import { membersQuery } from '../../../api/members';
import { useMe } from '../../../api/session';
import type { AuditEntry } from '../../../api/types';
import { webhooksQuery } from '../../../api/webhooks';
import { deniedBecause } from '../../../lib/rights';
import { clockTime, fullTime } from '../../../lib/time';
import { webhookName } from '../../../lib/webhook-name';
import { Ago } from '../../../ui/ago';
import { None, Quiet, Under, type Column } from '../../../ui/data-table';
import { NativeSelect } from '../../../ui/kit';
import { TextLink } from '../../../ui/link';
import { ExportButton } from '../../../ui/export-button';
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
  const { kind } = route.useSearch();
  const denied = deniedBecause(useMe(), 'audit.read', 'read the audit log');
  return (
    <Page
      title="Audit log"
      intro="Who did what, newest first. It cannot be changed, and we keep it for a year."
      actions={denied ? null : <ExportButton what="audit" filter={kind ? { action: `${kind}.*` } : {}} denied={null} />}
    >
      {denied ? <ForbiddenNote>{denied}</ForbiddenNote> : <AuditList />}
    </Page>
  );
}

function AuditList() {
  const { kind } = route.useSearch();
  const navigate = useNavigate();
  const query = useInfiniteQuery({ ...auditQuery(kind ? `${kind}.*` : undefined), select: toRuns });
  const names = useNames();

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
        columns={columns(names)}
        keyOf={({ newest }) => newest.id}
        forbidden="Only admins can read the audit log."
        empty={
          <EmptyNote title={kind ? 'Nothing of this kind yet.' : 'Nothing yet.'}>
            Entries appear as people use the app.
          </EmptyNote>
        }
      />
    </>
  );
}

/** A run may continue on the next page. */
function toRuns({ pages, pageParams }: InfiniteData<{ data: AuditEntry[] }>): InfiniteData<{ data: AuditRun[] }> {
  return { pages: [{ data: runsOf(pages.flatMap((page) => page.data)) }], pageParams };
}

const columns = (names: Names): readonly Column<AuditRun>[] => [
  { label: 'What', cell: (run) => <What run={run} /> },
  { label: 'Who', cell: (run) => <Who run={run} /> },
  { label: 'Target', cell: ({ newest }) => <Target target={newest.target} names={names} /> },
  { label: 'When', cell: (run) => <When run={run} /> },
];

function What({ run: { newest, earlier, continues } }: { run: AuditRun }) {
  const words = actionWords(newest.action);
  const details = detailText(newest.details);
  return (
    <>
      {continues ? <span className={css.again}>{words}</span> : words}
      {earlier.length > 0 ? <span className={css.again}> {earlier.length + 1} times</span> : null}
      {details ? <Under>{details}</Under> : null}
    </>
  );
}

function Who({ run: { newest, continues } }: { run: AuditRun }) {
  const { name, kind } = newest.actor;
  const words = name ?? actorKinds[kind];
  return (
    <>
      {continues ? <Quiet>{words}</Quiet> : words}
      {name && kind !== 'user' ? <Quiet> ({actorKinds[kind]})</Quiet> : null}
    </>
  );
}

/** The time of a run; a press shows the times of all its entries. */
function When({ run: { newest, earlier } }: { run: AuditRun }) {
  const first = earlier.at(-1);
  return (
    <>
      <Ago iso={newest.at} focusable />
      {first ? (
        <details className={css.earlier}>
          <summary>
            {earlier.length} earlier, from {clockTime(first.at)}
          </summary>
          <ul>
            {earlier.map(({ id, at }) => (
              <li key={id}>
                <time dateTime={at}>{fullTime(at)}</time>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </>
  );
}

/** The target's name if it is known, with a link if it has a screen. */
function Target({ target, names }: { target: AuditEntry['target']; names: Names }) {
  if (!target?.id) return <None />;
  const name = names.get(target.id);
  const short = target.id.slice(-8);
  if (target.kind === 'webhook') {
    return (
      <TextLink to="/recruiter/api/webhooks/$id" params={{ id: target.id }}>
        {name ?? `Webhook …${short}`}
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
  return name ?? <Quiet>{`${targetWords(target.kind)} …${short}`}</Quiet>;
}

type Names = ReadonlyMap<string, string>;

/** Current names of webhooks and people by id. Deleted ones and those further down a long list are missing. */
function useNames(): Names {
  const webhooks = useQuery(webhooksQuery).data ?? [];
  const members = useInfiniteQuery(membersQuery).data?.pages.flatMap(({ data }) => data) ?? [];
  return new Map([
    ...webhooks.map((webhook) => [webhook.id, webhookName(webhook)] as const),
    ...members.map(({ id, name }) => [id, name] as const),
  ]);
}

/** Consecutive repetitions of one person's action on the same target, shown as one row. */
interface AuditRun {
  newest: AuditEntry;
  /** The others, newest first. */
  earlier: readonly AuditEntry[];
  /** The row repeats the action of the row above on another target, so its words are greyed. */
  continues: boolean;
}

/** @param entries newest first. */
function runsOf(entries: readonly AuditEntry[]): AuditRun[] {
  const runs: AuditRun[] = [];
  for (const entry of entries) {
    const above = runs.at(-1);
    if (above && isSame(above.newest, entry)) {
      runs[runs.length - 1] = { ...above, earlier: [...above.earlier, entry] };
    } else {
      runs.push({ newest: entry, earlier: [], continues: above !== undefined && isAlike(above.newest, entry) });
    }
  }
  return runs;
}

const isAlike = (a: AuditEntry, b: AuditEntry) =>
  a.action === b.action && a.actor.kind === b.actor.kind && a.actor.id === b.actor.id;

/** Entries that differ in any detail stay separate rows. */
const isSame = (a: AuditEntry, b: AuditEntry) =>
  isAlike(a, b) && JSON.stringify([a.target, a.details]) === JSON.stringify([b.target, b.details]);
