import type { RetryPlan } from '../../../api/types';
import { retryPlans } from '../../../copy-forms';
import { Radio, RadioGroup } from '../../../ui/kit';
import { DraftForm } from './card-form';
import { useDraft } from './use-draft';
import { useSave, type CardProps } from './use-save';
import css from './settings.module.css';

const PLANS = Object.entries(retryPlans) as [RetryPlan, (typeof retryPlans)[RetryPlan]][];

export function RetryCard(props: CardProps) {
  const { webhook, denied } = props;
  const draft = useDraft<RetryPlan>(webhook.retry_plan);
  const state = useSave(props, 'Saved how we try again.');

  async function save(): Promise<void> {
    if (await state.save({ retry_plan: draft.value })) draft.drop();
  }

  return (
    <DraftForm
      title="When a try fails"
      saveLabel="Save plan"
      denied={denied}
      state={state}
      draft={draft}
      words={(plan) => retryPlans[plan].name}
      onSave={() => void save()}
    >
      <RadioGroup
        label="How long should we keep trying?"
        value={draft.value}
        onChange={draft.set}
        error={state.problems.retry_plan}
      >
        <div className={css.plans}>
          {PLANS.map(([value, words]) => (
            <Radio
              key={value}
              value={value}
              disabled={denied !== null}
              label={`${words.name}: ${words.waits.length + 1} tries over ${words.lasts}`}
              description={`Waits ${words.waits.join(', ')} between tries.`}
            />
          ))}
        </div>
      </RadioGroup>
    </DraftForm>
  );
}
