import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { runningRecoveriesQuery } from '../api/recoveries';
import { useSessionEnded } from '../api/session-end';
import { useMe } from '../api/session';
import type { Me } from '../api/types';
import { copyText } from '../lib/clipboard';
import { useResendRequest } from '../lib/resend-request';
import { useShortcuts, type Tab } from '../lib/shortcuts';
import { BrandMark } from '../ui/brand-mark';
import { toast } from '../ui/toasts';
import { IconHelp, IconSearch } from '../ui/icons';
import { ActionIcon, Button, Tooltip } from '../ui/kit';
import { accountLook } from './account-look';
import { ThemeSwitch } from './theme-switch';
import css from './shell.module.css';

const AccountMenu = lazy(() => import('./account-menu').then((module) => ({ default: module.AccountMenu })));

const DeliveryDrawer = lazy(() =>
  import('../features/deliveries/one/delivery-drawer').then((module) => ({ default: module.DeliveryDrawer })),
);

const ShortcutsPanel = lazy(() => import('./shortcuts-panel').then((module) => ({ default: module.ShortcutsPanel })));

const Palette = lazy(() => import('./palette/palette').then((module) => ({ default: module.Palette })));

const LiveUpdates = lazy(() => import('./live-updates').then((module) => ({ default: module.LiveUpdates })));

const Recoveries = lazy(() => import('./recoveries').then((module) => ({ default: module.Recoveries })));

const SignInAgain = lazy(() =>
  import('../features/session/sign-in-again').then((module) => ({ default: module.SignInAgain })),
);

const route = getRouteApi('/signed-in');

/** The frame of every signed-in screen: the tabs, the account menu, and the delivery that `?delivery=` opens. */
export function Shell() {
  const me = useMe();
  const { delivery } = route.useSearch();
  const [helping, setHelping] = useState(false);
  const navigate = useNavigate();
  const showHelp = useCallback(() => setHelping(true), []);
  const [searching, setSearching] = useState(false);
  const search = useCallback(() => setSearching(true), []);
  useSearchKey(search);
  const goTo = useCallback((tab: Tab) => void navigate({ to: `/recruiter/api/${tab}` }), [navigate]);
  useShortcuts({ onGo: goTo, onHelp: showHelp, onCopy: copyRowId });
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#content">
        Skip to content
      </a>
      <header className={css.header}>
        <div className={css.bar}>
          <Link to="/recruiter/api/webhooks" className={css.brand}>
            <BrandMark />
            <span className={css.brandWords}>
              <strong>BPOC</strong>
              <span className={css.agency}>{me.agency.name}</span>
            </span>
          </Link>
          <nav className={css.tabs} aria-label="API and webhooks">
            <Link to="/recruiter/api/webhooks" className={css.tab}>
              Webhooks
            </Link>
            <Link to="/recruiter/api/deliveries" className={css.tab}>
              Deliveries
            </Link>
            <Link to="/recruiter/api/events" className={css.tab}>
              Events
            </Link>
            <Link to="/recruiter/api/guide" className={css.tab}>
              Guide
            </Link>
          </nav>
          <div className={css.tools}>
            <button
              type="button"
              className={css.search}
              aria-label="Search everything"
              aria-keyshortcuts={onMac ? 'Meta+K' : 'Control+K'}
              onClick={search}
            >
              <IconSearch size={18} />
              <span>Search</span>
              <kbd data-keys={onMac ? '⌘K' : 'Ctrl K'} />
            </button>
            <span className={css.spare}>
              <ThemeSwitch />
              <Tooltip label="Keyboard shortcuts (?)">
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={36}
                  aria-label="Help: keyboard shortcuts"
                  onClick={showHelp}
                >
                  <IconHelp size={18} />
                </ActionIcon>
              </Tooltip>
            </span>
            <Suspense fallback={<Button {...accountLook(me)} component="span" aria-hidden />}>
              <AccountMenu me={me} onShortcuts={showHelp} />
            </Suspense>
          </div>
        </div>
      </header>
      <div className={css.body}>
        <main id="content" className={css.main} tabIndex={-1}>
          <Suspense>
            <LiveUpdates person={me.id} />
          </Suspense>
          <Outlet />
          <Suspense>{useResending(me) ? <Recoveries /> : null}</Suspense>
          <Suspense>
            {searching ? <Palette onClose={() => setSearching(false)} onShortcuts={showHelp} /> : null}
          </Suspense>
          <Suspense>{helping ? <ShortcutsPanel onClose={() => setHelping(false)} /> : null}</Suspense>
        </main>
        {/* Without a key: the next delivery keeps the tab that is open. */}
        <Suspense>{useSessionEnded() ? <SignInAgain me={me} /> : null}</Suspense>
        <Suspense>{delivery ? <DeliveryDrawer id={delivery} /> : null}</Suspense>
      </div>
    </div>
  );
}

const onMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** ⌘K or Ctrl+K, also in fields, but not over a dialog, whose input would be lost. */
function useSearchKey(onSearch: () => void): void {
  useEffect(() => {
    function listen(event: KeyboardEvent): void {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      if (document.querySelector('[role="dialog"]') === null) onSearch();
    }
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [onSearch]);
}

function copyRowId(id: string): void {
  void copyId(id);
}

async function copyId(id: string): Promise<void> {
  if (await copyText(id)) toast('done', 'Id copied.');
  else toast('problem', 'Your browser blocked copying.');
}

/** Whether a bulk resend is requested, running or finished here; until then its code is not loaded. */
function useResending(me: Me): boolean {
  const may = me.rights.includes('recoveries.run');
  const running = useQuery({ ...runningRecoveriesQuery, enabled: may }).data;
  const asked = useResendRequest() !== null;
  const [began, setBegan] = useState(false);
  if (!began && may && (asked || (running?.length ?? 0) > 0)) setBegan(true);
  return began;
}
