import { Textarea as KitField, type TextareaProps } from '@mantine/core';
import type { Ref } from 'react';
import { useFreshError } from './fresh-error';

export function Textarea({ onChange, ...props }: TextareaProps & { ref?: Ref<HTMLTextAreaElement> }) {
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
