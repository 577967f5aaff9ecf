import { useQuery } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { isStatus } from '../../api/problem';
import { sharedQuery } from '../../api/shared';
import type { SharedPage as Page } from '../../api/types';
import { clockTime } from '../../lib/time';
import { BrandMark } from '../../ui/brand-mark';
import { useFirstFocus } from '../../ui/first-focus';
import { EmptyNote, InfoBar, LoadError, LoadingRows } from '../../ui/states';
import { Handover } from './handover';
import css from './shared.module.css';
import { Tries } from './tries';

/** `/shared#<token>`: for a person without an account. The token is in the fragment, so no server logs it. */
export function SharedPage({ verify }: { verify: ReactNode }) {
  // Another link in the same tab changes only the fragment, which does not reload the page.
  const token = useSyncExternalStore(onHashChange, () => globalThis.location.hash.slice(1));
  const query = useQuery({ ...sharedQuery(token), enabled: token !== '' });
  if (query.data) return <Shown key={token} page={query.data} token={token} verify={verify} />;
  return (
    <Frame title="Shared by BPOC">
      {token === '' || isStatus(query.error, 404) ? (
        <EmptyNote title="This link has expired or is incomplete.">
          Open the full link again, or ask the person who sent it for a new one.
        </EmptyNote>
      ) : query.isError ? (
        <LoadError error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <LoadingRows rows={4} height={72} />
      )}
    </Frame>
  );
}

function onHashChange(changed: () => void): () => void {
  globalThis.addEventListener('hashchange', changed);
  return () => globalThis.removeEventListener('hashchange', changed);
}

function Shown({ page, token, verify }: { page: Page; token: string; verify: ReactNode }) {
  const { webhook, handover, delivery } = page;
  const name = webhook.name || 'A webhook';
  const until = clockTime(page.expires_at);
  return (
    <Frame
      title={delivery ? `One delivery to ${name}` : name}
      intro={`${page.created_by} of ${page.agency} shares this with you. The link works until ${until}.`}
    >
      {webhook.is_active ? null : <InfoBar tone="warn">This webhook is turned off. No events are being sent.</InfoBar>}
      {handover ? <Handover token={token} page={page} handover={handover} verify={verify} /> : null}
      {delivery ? <Tries url={webhook.url} delivery={delivery} /> : null}
    </Frame>
  );
}

function Frame({ title, intro, children }: { title: string; intro?: string; children: ReactNode }) {
  const heading = useFirstFocus();
  useEffect(() => {
    document.title = `${title} · BPOC`;
  }, [title]);
  return (
    <main className={css.page}>
      <div className={css.brand}>
        <BrandMark size={28} /> BPOC
      </div>
      <header>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {intro ? <p className={css.quiet}>{intro}</p> : null}
      </header>
      {children}
    </main>
  );
}
