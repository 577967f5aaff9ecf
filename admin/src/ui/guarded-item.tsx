import type { MenuItemProps } from '@mantine/core';
import css from './guarded-item.module.css';
import { Menu } from './kit';

interface GuardedItemProps extends MenuItemProps {
  /** Why this person is not allowed to use it; null if they are. */
  denied: string | null;
  onClick: () => void;
  children: string;
}

/** A menu item that is shown even to people without the right to use it, with the reason. */
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
