import { Radio, type RadioGroupProps } from '@mantine/core';
import { useFreshError } from './fresh-error';

export function RadioGroup<T extends string = string>({ onChange, ...props }: RadioGroupProps<T>) {
  const { error, edited } = useFreshError(props.error);
  return (
    <Radio.Group
      {...props}
      error={error}
      onChange={(value) => {
        edited();
        onChange?.(value);
      }}
    />
  );
}
