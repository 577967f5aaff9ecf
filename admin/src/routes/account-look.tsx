import type { Me } from '../api/types';
import { IconDown, IconPerson } from '../ui/icons';
import css from './account-menu.module.css';

/** The account menu's button, also shown while its code loads, so that nothing moves. */
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
