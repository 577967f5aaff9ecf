import { PasswordInput as KitField, type PasswordInputProps } from '@mantine/core';
import type { Ref } from 'react';
import { useFreshError } from './fresh-error';

export function PasswordInput({ onChange, ...props }: PasswordInputProps & { ref?: Ref<HTMLInputElement> }) {
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
