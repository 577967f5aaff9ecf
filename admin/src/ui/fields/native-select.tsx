import { NativeSelect as KitField, type NativeSelectProps } from '@mantine/core';
import type { Ref } from 'react';
import { useFreshError } from './fresh-error';

export function NativeSelect({ onChange, ...props }: NativeSelectProps & { ref?: Ref<HTMLSelectElement> }) {
  const { error, edited } = useFreshError(props.error);
  return (
    <KitField
      {...props}
      error={error}
      onChange={(event) => {
        edited();
        onChange?.(event);
      }}
    />
  );
}
