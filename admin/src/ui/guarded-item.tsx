import type { MenuItemProps } from '@mantine/core';
import css from './guarded-item.module.css';
import { Menu } from './kit';

interface GuardedItemProps extends MenuItemProps {
  /** The sentence why this person may not use it; null when they may. */
  denied: string | null;
  onClick: () => void;
  children: string;
}

/** A menu item that stays in place for people who may not use it, and shows them why. */
export function GuardedItem({ denied, onClick, children, ...rest }: GuardedItemProps) {
  if (denied === null) {
    return (
      <Menu.Item onClick={onClick} {...rest}>
        {children}
      </Menu.Item>
    );
  }
  return (
    <Menu.Item {...rest} aria-disabled="true" closeMenuOnClick={false} className={css.denied} color={undefined}>
      {children}
      <span className={css.reason}>{denied}</span>
    </Menu.Item>
  );
}
