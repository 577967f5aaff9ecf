import { createLink } from '@tanstack/react-router';
import { Anchor, Button, Menu } from './kit';

/** Links to our own screens that look like the kit's controls. They are real links: open in a new tab, copy, and so on. */
export const ButtonLink = createLink(Button<'a'>);
export const TextLink = createLink(Anchor<'a'>);
export const MenuLink = createLink(Menu.Item<'a'>);
