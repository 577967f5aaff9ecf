import { useState } from 'react';
import { TextInput } from '../../../ui/kit';
import { CardForm } from './card-form';
import { useSave, type CardProps } from './use-save';

export function DescriptionCard(props: CardProps) {
  const { webhook, denied } = props;
  const stored = webhook.description ?? '';
  const [description, setDescription] = useState(stored);
  const state = useSave(props, 'Description saved.');
  return (
    <CardForm
      title="Description"
      saveLabel="Save description"
      changed={description.trim() !== stored}
      denied={denied}
      state={state}
      onSave={() => void state.save({ description: description.trim() })}
      onUndo={() => setDescription(stored)}
    >
      <TextInput
        aria-label="Description"
        description="Shown as the webhook's name. Without it we show the address."
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        error={state.problems.description}
        disabled={denied !== null}
        maxLength={200}
      />
    </CardForm>
  );
}
