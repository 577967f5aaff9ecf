import { useQuery } from '@tanstack/react-query';
import { eventTypesQuery } from '../../../api/event-types';
import { fieldWords } from '../../../copy-forms';
import { describeSelection, type Selection } from '../../../lib/event-selection';
import { LoadError, LoadingRows } from '../../../ui/states';
import { EventPicker } from '../event-picker';
import { DraftForm } from './card-form';
import { useDraft } from './use-draft';
import { useSave, type CardProps } from './use-save';

const sameEvents = (a: Selection, b: Selection): boolean => a.toSorted().join() === b.toSorted().join();

export function EventsCard(props: CardProps) {
  const { webhook, denied } = props;
  const catalogue = useQuery(eventTypesQuery);
  const draft = useDraft<Selection>(webhook.events, sameEvents);
  const state = useSave(props, 'Saved what we send.');

  async function save(): Promise<void> {
    if (!state.check(draft.value.length > 0 ? {} : { events: fieldWords.eventsEmpty })) return;
    if (await state.save({ events: [...draft.value] })) draft.drop();
  }

  const words = (events: Selection): string => describeSelection(events, catalogue.data);
  return (
    <DraftForm
      title="What we send"
      saveLabel="Save events"
      denied={denied}
      state={state}
      draft={draft}
      words={words}
      onSave={() => void save()}
    >
      {catalogue.data ? (
        <EventPicker
          catalogue={catalogue.data}
          value={draft.value}
          onChange={draft.set}
          error={state.problems.events}
          disabled={denied !== null}
          legendHidden
        />
      ) : catalogue.isError ? (
        <LoadError error={catalogue.error} onRetry={() => void catalogue.refetch()} />
      ) : (
        <LoadingRows rows={5} height={46} label="Loading the event types" />
      )}
    </DraftForm>
  );
}
