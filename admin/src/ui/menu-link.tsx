import type { MenuItemProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import { Menu } from './kit';
import type { LinkAttributes } from './link';

/** An entry of a menu that leads to one of our screens. Apart from the other links: the first paint has no menu. */
export const MenuLink = createLink((props: MenuItemProps & LinkAttributes) => <Menu.Item component="a" {...props} />);
