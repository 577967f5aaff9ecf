import { addressProblem, addressTip } from '../../lib/address-check';
import { IconCheck } from '../../ui/icons';
import { TextInput } from '../../ui/kit';
import css from './add/add-webhook.module.css';

interface AddressFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  /** Called on blur, when errors are shown. */
  onCheck: () => void;
  autoFocus?: boolean;
  disabled?: boolean;
  /** The heading above already has the label. */
  labelHidden?: boolean;
  label?: string;
  placeholder?: string;
}

export function AddressField({
  value,
  onChange,
  error,
  onCheck,
  autoFocus = false,
  disabled = false,
  labelHidden = false,
  label = 'Address',
  placeholder = 'https://',
}: AddressFieldProps) {
  const tip = addressTip(value);
  const secure = !error && value.startsWith('https://') && addressProblem(value) === null;
  return (
    <>
      <TextInput
        label={labelHidden ? undefined : label}
        aria-label={labelHidden ? label : undefined}
        type="url"
        inputMode="url"
        placeholder={placeholder}
        // The dialog opens with the focus on its first field.
        data-autofocus={autoFocus || undefined}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onBlur={onCheck}
        error={error}
        disabled={disabled}
        autoComplete="off"
        spellCheck={false}
        maxLength={2048}
      />
      {tip ? <p className={css.fieldHint}>{tip}</p> : null}
      {secure && !tip ? (
        <p className={css.fieldHint} data-tone="ok">
          <IconCheck /> Secure (https). We will send data here.
        </p>
      ) : null}
    </>
  );
}
