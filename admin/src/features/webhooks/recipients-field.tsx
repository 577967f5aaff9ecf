import { Textarea } from '../../ui/kit';

interface RecipientsFieldProps {
  /** One address per line, as typed. */
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  label?: string;
  disabled?: boolean;
}

export const MAX_RECIPIENTS = 20;

/** Who gets the mails. */
export function RecipientsField({
  value,
  onChange,
  error,
  label = 'Email addresses',
  disabled = false,
}: RecipientsFieldProps) {
  return (
    <Textarea
      label={label}
      description="One per line. People in your team get emails right away. We ask others first if they want them."
      placeholder="ann@agency.com"
      data-recipients
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      disabled={disabled}
      rows={3}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
