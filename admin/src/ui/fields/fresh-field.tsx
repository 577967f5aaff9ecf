import type { ChangeEvent, ComponentType, ReactNode, Ref } from 'react';
import { useFreshError } from './fresh-error';

interface FieldProps<E> {
  error?: ReactNode;
  onChange?: ((event: ChangeEvent<E>) => void) | undefined;
}

/** A field of the kit whose error disappears when it is edited. `E`: the edited element. */
export function freshField<E extends Element, P extends FieldProps<E>>(
  KitField: ComponentType<P>,
): (props: P & { ref?: Ref<E> }) => ReactNode {
  return function FreshField(props) {
    const { error, edited } = useFreshError(props.error);
    return (
      <KitField
        {...props}
        error={error}
        onChange={(event: ChangeEvent<E>) => {
          edited();
          props.onChange?.(event);
        }}
      />
    );
  };
}
