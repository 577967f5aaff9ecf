import { Button as KitButton, type ButtonProps, createPolymorphicComponent } from '@mantine/core';
import type { ComponentPropsWithRef, ElementType } from 'react';

type Props = ButtonProps & Omit<ComponentPropsWithRef<'button'>, keyof ButtonProps> & { component?: ElementType };

/** The kit's button, except that while loading it ignores presses instead of being disabled and losing the focus. */
export const Button = createPolymorphicComponent<'button', ButtonProps>(function Button({
  component,
  ...props
}: Props) {
  const AnyButton: ElementType = KitButton;
  if (component) return <AnyButton component={component} {...props} />;
  if (!props.loading) return <KitButton {...props} />;
  return (
    <KitButton
      {...props}
      // Enter in a field of the form also presses it.
      onClick={(event) => event.preventDefault()}
      aria-disabled="true"
      renderRoot={(root) => <button {...root} disabled={props.disabled} />}
    />
  );
});
