import { TextInput as KitField, type TextInputProps } from '@mantine/core';
import type { Ref } from 'react';
import { useFreshError } from './fresh-error';

export function TextInput({ onChange, ...props }: TextInputProps & { ref?: Ref<HTMLInputElement> }) {
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
