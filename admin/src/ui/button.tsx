import { Button as KitButton, type ButtonProps, createPolymorphicComponent } from '@mantine/core';
import type { ComponentPropsWithRef, ElementType } from 'react';

type Props = ButtonProps & Omit<ComponentPropsWithRef<'button'>, keyof ButtonProps> & { component?: ElementType };

/** The kit's, but while it is loading it keeps the focus, which a disabled button loses. A press does nothing then. */
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
      // Enter in a field of the form presses it too.
      onClick={(event) => event.preventDefault()}
      aria-disabled="true"
      renderRoot={(root) => <button {...root} disabled={props.disabled} />}
    />
  );
});
