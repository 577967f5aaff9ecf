import { useQuery } from '@tanstack/react-query';
import { eventTypesQuery } from '../../../../api/event-types';
import { fieldName } from '../../../../lib/condition-words';
import { isChosen } from '../../../../lib/event-selection';
import { CodeBlock } from '../../../../ui/code-block';
import { Checkbox, Radio, RadioGroup } from '../../../../ui/kit';
import { DraftForm } from '../card-form';
import { useDraft } from '../use-draft';
import { useSave, type CardProps } from '../use-save';
import settings from '../settings.module.css';
import { choiceOf, contentWords, exampleOf, isSameContent, type Content, type ContentChoice } from './content-edits';
import css from './content.module.css';

const CHOICES: readonly { value: ContentChoice; label: string; description: string }[] = [
  { value: 'full', label: 'Everything', description: 'Everything BPOC knows about the event.' },
  {
    value: 'ids',
    label: 'Ids only',
    description: 'No names, addresses, links or statuses. Their system asks BPOC for the rest.',
  },
  { value: 'fields', label: 'Only these fields', description: 'What you choose, and nothing else.' },
];

/** How much of each event their system gets, with the message as it would be sent. */
export function ContentCard(props: CardProps) {
  const { webhook, denied } = props;
  const draft = useDraft<Content>(webhook.content ?? 'full', isSameContent);
  const state = useSave(props, 'Content saved.');
  const types = useQuery(eventTypesQuery).data?.data.filter(({ type }) => isChosen(webhook.events, type)) ?? [];
  const fields = [...new Set(types.flatMap((type) => type.fields.map(({ name }) => name)))];
  const content = draft.value;
  const chosen = typeof content === 'string' ? [] : content.fields;

  function choose(choice: ContentChoice): void {
    const ids = types.flatMap((type) => type.fields.filter(({ type: kind }) => kind === 'id').map(({ name }) => name));
    draft.set(choice === 'fields' ? { fields: [...new Set(ids)] } : choice);
  }

  function toggle(name: string): void {
    state.setProblems({});
    draft.set({
      fields: fields.filter((field) => (field === name ? !chosen.includes(field) : chosen.includes(field))),
    });
  }

  async function save(): Promise<void> {
    const isEmpty = typeof content !== 'string' && content.fields.length === 0;
    if (!state.check(isEmpty ? { content: 'Choose at least one field.' } : {})) return;
    if (await state.save({ content })) draft.drop();
  }

  return (
    <DraftForm
      title="Content"
      saveLabel="Save content"
      denied={denied}
      state={state}
      draft={draft}
      words={contentWords}
      onSave={() => void save()}
    >
      <RadioGroup
        aria-label="Content"
        value={choiceOf(content)}
        onChange={(value) => choose(value)}
        error={state.problems['content']}
      >
        <div className={settings.plans}>
          {CHOICES.map((choice) => (
            <Radio key={choice.value} {...choice} disabled={denied !== null} />
          ))}
        </div>
      </RadioGroup>
      {typeof content === 'string' ? null : (
        <fieldset className={css.fields}>
          <legend>Fields</legend>
          {fields.map((name) => (
            <Checkbox
              key={name}
              label={fieldName(name)}
              checked={chosen.includes(name)}
              disabled={denied !== null}
              onChange={() => toggle(name)}
            />
          ))}
        </fieldset>
      )}
      {types[0] ? (
        <details className={css.preview}>
          <summary>See an example</summary>
          <CodeBlock label={types[0].title} text={exampleOf(types[0], content)} json />
        </details>
      ) : null}
    </DraftForm>
  );
}
