import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useWalkOrder } from '../../../lib/walk-order';
import { IconBack, IconNext } from '../../../ui/icons';
import { ActionIcon } from '../../../ui/kit';
import css from './delivery-drawer.module.css';

/** The next page of the list is loaded this close to the end. */
const NEAR_THE_END = 3;

/** "‹ 3 of 42 ›": steps through the list with the drawer open. Renders nothing without a list that has this one. */
export function Pager({ id }: { id: string }) {
  const { ids, total, more } = useWalkOrder();
  const navigate = useNavigate();
  const place = ids.indexOf(id);
  const nearEnd = place >= 0 && place >= ids.length - NEAR_THE_END;
  useEffect(() => {
    if (nearEnd) more?.();
  }, [nearEnd, more]);
  // Keys can be faster than screens: each step starts from the target of the previous one.
  const heading = useRef(id);
  useEffect(() => {
    heading.current = id;
  }, [id]);
  if (place < 0) return null;

  function go(step: 1 | -1): void {
    const to = ids[ids.indexOf(heading.current) + step];
    if (to === undefined) return;
    heading.current = to;
    // Replaces the history entry: Back closes the drawer, however many were viewed.
    void navigate({
      to: '.',
      search: (previous) => ({ ...previous, delivery: to }),
      replace: true,
      resetScroll: false,
    });
  }

  return (
    <div className={css.pager} data-pager role="group" aria-label="Deliveries of the list">
      <Step label="Previous delivery" shortcut="K" there={place > 0} onGo={() => go(-1)} icon={<IconBack />} />
      <span className={css.place}>
        {(place + 1).toLocaleString('en')} of {total ?? ids.length.toLocaleString('en')}
      </span>
      <Step label="Next delivery" shortcut="J" there={place < ids.length - 1} onGo={() => go(1)} icon={<IconNext />} />
    </div>
  );
}

interface StepProps {
  label: string;
  shortcut: 'J' | 'K';
  /** There is such a delivery. */
  there: boolean;
  onGo: () => void;
  icon: React.ReactNode;
}

function Step({ label, shortcut, there, onGo, icon }: StepProps) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={36}
      aria-label={label}
      aria-keyshortcuts={shortcut}
      // Stays in the tab order, so that the focus is not lost at the end.
      aria-disabled={there ? undefined : true}
      data-disabled={there ? undefined : true}
      onClick={onGo}
    >
      {icon}
    </ActionIcon>
  );
}
