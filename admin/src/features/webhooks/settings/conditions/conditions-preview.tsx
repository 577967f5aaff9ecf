import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { WebhookCondition } from '../../../../api/types';
import { previewConditions } from '../../../../api/webhooks';
import css from './conditions.module.css';

interface ConditionsPreviewProps {
  events: readonly string[];
  conditions: readonly WebhookCondition[];
}

/** How many recent events match the conditions. */
export function ConditionsPreviewLine({ events, conditions }: ConditionsPreviewProps) {
  const preview = useQuery({
    queryKey: ['conditions-preview', events, conditions],
    queryFn: ({ signal }) => previewConditions([...events], [...conditions], signal),
    placeholderData: keepPreviousData,
    // An incomplete value is refused; the line then stays as it is.
    retry: false,
  });
  if (!preview.data || preview.isError) return null;
  const { count, matches } = preview.data;
  return (
    <p className={css.preview} role="status">
      {count === 0
        ? 'None of these events has happened yet.'
        : `${matches} of the last ${count} events would have been sent.`}
    </p>
  );
}
