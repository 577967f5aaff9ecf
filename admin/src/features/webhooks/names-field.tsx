import type { WebhookStyle } from '../../api/types';
import { nameStyles } from '../../lib/destinations';
import { NativeSelect } from '../../ui/kit';

type Names = NonNullable<WebhookStyle['names']>;

interface NamesFieldProps {
  value: Names;
  onChange: (names: Names) => void;
  error?: string | undefined;
  disabled?: boolean;
}

/** How a tool names candidates, whom everyone in the channel can read about. */
export function NamesField({ value, onChange, error, disabled = false }: NamesFieldProps) {
  return (
    <NativeSelect
      label="Names of candidates"
      description="Everyone who gets the messages sees them."
      value={value}
      error={error}
      disabled={disabled}
      onChange={(event) => onChange(event.currentTarget.value as Names)}
      data={Object.entries(nameStyles).map(([names, label]) => ({ value: names, label }))}
    />
  );
}
