import { useState } from 'react';
import { statusName } from '../../../lib/http-status';
import { NativeSelect, TextInput } from '../../../ui/kit';

const ANSWERS = [
  { value: '', label: 'Any answer' },
  { value: '2xx', label: '2xx · accepted' },
  { value: '3xx', label: '3xx · redirect' },
  { value: '4xx', label: '4xx · rejected' },
  { value: '5xx', label: '5xx · server error' },
  { value: 'none', label: 'No answer' },
  { value: 'exact', label: 'Exact code…' },
];

interface AnswerFilterProps {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** Filters by answer: a class of statuses, no answer, or one status. */
export function AnswerFilter({ value, onChange }: AnswerFilterProps) {
  const [asking, setAsking] = useState(false);
  if (asking) {
    return (
      <ExactCode
        onDone={(code) => {
          setAsking(false);
          if (code) onChange(code);
        }}
      />
    );
  }
  const known = !value || ANSWERS.some((answer) => answer.value === value);
  return (
    <NativeSelect
      aria-label="Answer"
      value={value ?? ''}
      data={known ? ANSWERS : [...ANSWERS, { value, label: statusName(Number(value)) }]}
      onChange={(event) => {
        if (event.currentTarget.value === 'exact') setAsking(true);
        else onChange(event.currentTarget.value || undefined);
      }}
    />
  );
}

function ExactCode({ onDone }: { onDone: (code: string | null) => void }) {
  const [typed, setTyped] = useState('');
  const finish = () => onDone(/^[1-5]\d\d$/.test(typed) ? typed : null);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        finish();
      }}
    >
      <TextInput
        aria-label="Exact answer code"
        placeholder="For example 503"
        inputMode="numeric"
        maxLength={3}
        // The user has just opened this field.
        autoFocus
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={finish}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone(null);
        }}
      />
    </form>
  );
}
