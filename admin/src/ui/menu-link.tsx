import type { MenuItemProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import { Menu } from './kit';
import type { LinkAttributes } from './link';

/** A menu item that links to a screen. Separate from the other links, because the first paint has no menu. */
export const MenuLink = createLink((props: MenuItemProps & LinkAttributes) => <Menu.Item component="a" {...props} />);
