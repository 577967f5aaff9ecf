import { useState } from 'react';
import type { AddressedKind } from '../../../api/types';
import { destinations } from '../../../lib/destinations';
import { AddressField } from '../address-field';
import { CardForm } from './card-form';
import { useSave, type CardProps } from './use-save';
import css from './settings.module.css';

/** The address of a tool is a secret, so it can be replaced but not read. */
export function ToolAddressCard(props: CardProps) {
  const { webhook, denied } = props;
  const { name, addressLabel } = destinations[webhook.kind as AddressedKind];
  const [typed, setTyped] = useState('');
  const state = useSave(props, 'Address saved.');

  async function save(): Promise<void> {
    if (await state.save({ url: typed.trim() })) setTyped('');
  }

  function undo(): void {
    setTyped('');
    state.reset();
  }

  return (
    <CardForm
      title={addressLabel}
      saveLabel="Save address"
      changed={typed.trim() !== ''}
      denied={denied}
      state={state}
      conflict={null}
      onSave={() => void save()}
      onUndo={undo}
    >
      <p className={css.quiet}>
        In use: <code>{webhook.url}</code>. Anyone who has the whole address can post to {name}, so we show only its
        end.
      </p>
      <AddressField
        label="New address"
        placeholder="Paste another address to replace it"
        value={typed}
        onChange={setTyped}
        error={state.problems.url}
        onCheck={() => undefined}
        disabled={denied !== null}
      />
    </CardForm>
  );
}
