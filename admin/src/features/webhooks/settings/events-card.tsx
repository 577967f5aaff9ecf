import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import { fieldWords } from '../../../copy-forms';
import type { Selection } from '../../../lib/event-selection';
import { LoadError, LoadingRows } from '../../../ui/states';
import { EventPicker } from '../event-picker';
import { CardForm } from './card-form';
import { useSave, type CardProps } from './use-save';

export function EventsCard(props: CardProps) {
  const { webhook, denied } = props;
  const catalogue = useQuery(eventTypesQuery);
  const [events, setEvents] = useState<Selection>(webhook.events);
  const state = useSave(props, 'Saved what we send.');
  const changed = events.toSorted().join() !== webhook.events.toSorted().join();

  function save(): void {
    if (events.length === 0) state.setProblems({ events: fieldWords.eventsEmpty });
    else void state.save({ events: [...events] });
  }

  return (
    <CardForm
      title="What we send"
      saveLabel="Save events"
      changed={changed}
      denied={denied}
      state={state}
      onSave={save}
      onUndo={() => setEvents(webhook.events)}
    >
      {catalogue.data ? (
        <EventPicker
          catalogue={catalogue.data}
          value={events}
          onChange={setEvents}
          error={state.problems.events}
          disabled={denied !== null}
          legendHidden
        />
      ) : catalogue.isError ? (
        <LoadError error={catalogue.error} onRetry={() => void catalogue.refetch()} />
      ) : (
        <LoadingRows rows={5} height={46} label="Loading the kinds of event" />
      )}
    </CardForm>
  );
}
