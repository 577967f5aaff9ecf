import type { Me } from '../api/types';
import { IconDown, IconPerson } from '../ui/icons';
import css from './account-menu.module.css';

/** What the button of the account menu looks like: until its code is there, the header shows the same, so that nothing moves. */
export function accountLook({ name }: Me) {
  return {
    variant: 'subtle',
    color: 'gray',
    className: css.button,
    leftSection: <IconPerson size={18} />,
    rightSection: <IconDown size={14} />,
    children: <span className={css.name}>{name}</span>,
  };
}
