import { useQuery } from '@tanstack/react-query';
import { eventTypesQuery } from '../../../api/event-types';
import { covers, singular } from '../../../lib/event-selection';
import { NativeSelect } from '../../../ui/kit';
import { withUnknown } from './with-unknown';

interface EventSelectProps {
  value: string | undefined;
  onChange: (event: string | undefined) => void;
}

/** Any event, a group or one type. */
export function EventSelect({ value, onChange }: EventSelectProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  const events = [
    { value: '', label: 'Any event' },
    ...(catalogue?.groups.map((group) => ({
      group: group.title,
      items: [
        { value: group.pattern, label: `All ${singular(group.title)} events` },
        ...catalogue.data
          .filter((entry) => covers(group.pattern, entry.type))
          .map((entry) => ({ value: entry.type, label: entry.title })),
      ],
    })) ?? []),
  ];
  return (
    <NativeSelect
      aria-label="Event"
      value={value ?? ''}
      data={withUnknown(events, value, value ?? '')}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    />
  );
}
