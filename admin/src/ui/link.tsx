import type { ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';
import { Anchor, Button } from './kit';

export type LinkAttributes = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'style' | 'color'> & {
  ref?: Ref<HTMLAnchorElement>;
};

/** Links to our own screens that look like the kit's controls, but are real links. */
export const TextLink = createLink(Anchor<'a'>);

export const ButtonLink = createLink((props: ButtonProps & LinkAttributes) => <Button component="a" {...props} />);
