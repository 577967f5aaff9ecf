import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, type ReactNode, type RefObject } from 'react';
import { useMediaQuery } from '../../../lib/use-media-query';
import { CopyButton } from '../../../ui/copy-button';
import { IconCross, IconLink, IconOut } from '../../../ui/icons';
import { ActionIcon, Drawer } from '../../../ui/kit';
import { ButtonLink } from '../../../ui/link';
import { DeliveryContent } from './delivery-content';
import { DeliveryTitle } from './delivery-title';
import css from './delivery-drawer.module.css';

/** A delivery beside the list on a wide screen, over it on a narrow one. Opened by `?delivery=<id>` on any screen. */
export function DeliveryDrawer({ id }: { id: string }) {
  const wide = useMediaQuery('(min-width: 1200px)');
  const navigate = useNavigate();
  const close = () =>
    void navigate({ to: '.', search: (previous) => ({ ...previous, delivery: undefined }), resetScroll: false });
  return (
    <DeliveryContent
      id={id}
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

/** The list stays usable beside it, so this is a region and no dialog: focus comes to its heading and goes back to the row. */
function Docked({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const aside = useRef<HTMLElement>(null);
  useEscape(aside, onClose);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside ref={aside} className={css.docked} aria-label="Delivery">
      <div className={css.head}>
        <h2 ref={heading} tabIndex={-1} className={css.heading}>
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

/** Esc closes it from anywhere inside, and when the focus is nowhere: the button that had it is gone, because what it was for is done. */
function useEscape(region: RefObject<HTMLElement | null>, onClose: () => void): void {
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    function listen({ key, defaultPrevented, target }: KeyboardEvent): void {
      if (key !== 'Escape' || defaultPrevented || !(target instanceof Element)) return;
      const isNowhere = target === document.body && document.querySelector('[role="dialog"]') === null;
      if (isNowhere || region.current?.contains(target)) close.current();
    }
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [region]);
}
