import { useState } from 'react';
import { addressProblem } from '../../../lib/address-check';
import { AddressField } from '../address-field';
import { CardForm } from './card-form';
import { useSave, type CardProps } from './use-save';

export function AddressCard(props: CardProps) {
  const { webhook, denied } = props;
  const [url, setUrl] = useState(webhook.url);
  const state = useSave(props, 'Address saved.');

  function check(): boolean {
    const problem = addressProblem(url);
    state.setProblems(problem === null ? {} : { url: problem });
    return problem === null;
  }

  return (
    <CardForm
      title="Address"
      saveLabel="Save address"
      changed={url.trim() !== webhook.url}
      denied={denied}
      state={state}
      onSave={() => {
        if (check()) void state.save({ url: url.trim() });
      }}
      onUndo={() => {
        setUrl(webhook.url);
        state.setProblems({});
      }}
    >
      <AddressField
        value={url}
        onChange={setUrl}
        error={state.problems.url}
        onCheck={check}
        disabled={denied !== null}
        labelHidden
      />
    </CardForm>
  );
}
