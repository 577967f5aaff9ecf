import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { focusRow } from '../../../lib/focus-row';
import { useMediaQuery } from '../../../lib/use-media-query';
import { CopyButton } from '../../../ui/copy-button';
import { IconCross, IconLink, IconOut } from '../../../ui/icons';
import { useFocusBack } from '../../../ui/focus-back';
import { ActionIcon, Drawer } from '../../../ui/kit';
import { ButtonLink } from '../../../ui/link';
import { DeliveryContent } from './delivery-content';
import { DeliveryTitle } from './delivery-title';
import type { MessageTab } from './message-tabs';
import { Pager } from './pager';
import css from './delivery-drawer.module.css';

/** A delivery over the list, or in a dialog on narrow screens. `?delivery=<id>` opens it anywhere. */
export function DeliveryDrawer({ id }: { id: string }) {
  const wide = useMediaQuery('(min-width: 1200px)');
  const [tab, setTab] = useState<MessageTab | null>(null);
  const navigate = useNavigate();
  const close = () =>
    void navigate({ to: '.', search: (previous) => ({ ...previous, delivery: undefined }), resetScroll: false });
  // The last delivery that it showed.
  useFocusBack(() => focusRow(id));
  return (
    <DeliveryContent
      id={id}
      tabs={{ tab, onTab: setTab }}
      frame={(delivery, body) => {
        const title = <DeliveryTitle delivery={delivery} />;
        const content = (
          <>
            <Tools id={id} />
            {body}
          </>
        );
        return wide ? (
          <Docked title={title} onClose={close}>
            {content}
          </Docked>
        ) : (
          <Drawer opened onClose={close} position="right" size={560} title={title} classNames={{ title: css.heading }}>
            {content}
          </Drawer>
        );
      }}
    />
  );
}

function Tools({ id }: { id: string }) {
  return (
    <div className={css.tools}>
      <Pager id={id} />
      <CopyButton
        size="compact-sm"
        variant="subtle"
        label="Copy link"
        leftSection={<IconLink />}
        text={() => `${globalThis.location.origin}/recruiter/api/deliveries/${id}`}
      />
      <ButtonLink
        size="compact-sm"
        variant="subtle"
        leftSection={<IconOut />}
        to="/recruiter/api/deliveries/$id"
        params={{ id }}
      >
        Open as page
      </ButtonLink>
    </div>
  );
}

/** The list stays usable beside it, so this is a region, not a dialog; its heading takes the focus. */
function Docked({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useEscape(onClose);
  return (
    <aside className={css.docked} aria-label="Delivery">
      <div className={css.head}>
        <h2 ref={heading} tabIndex={-1} className={css.heading} data-pager-title>
          {title}
        </h2>
        <ActionIcon variant="subtle" color="gray" size={36} aria-label="Close" onClick={onClose}>
          <IconCross size={20} />
        </ActionIcon>
      </div>
      {children}
    </aside>
  );
}

/** Esc closes it from anywhere on the page, unless a field or an open layer handles Esc. */
function useEscape(onClose: () => void): void {
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    function listen(event: KeyboardEvent): void {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      const { target } = event;
      if (target instanceof Element && target.closest('input:not([type=checkbox]), textarea, select')) return;
      if (document.querySelector('[role="dialog"], [role="menu"]') === null) close.current();
    }
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
