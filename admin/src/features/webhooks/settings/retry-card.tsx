import { useState } from 'react';
import type { RetryPlan } from '../../../api/types';
import { retryPlans } from '../../../copy-forms';
import { Radio } from '../../../ui/kit';
import { CardForm } from './card-form';
import { useSave, type CardProps } from './use-save';
import css from './settings.module.css';

const PLANS = Object.entries(retryPlans) as [RetryPlan, (typeof retryPlans)[RetryPlan]][];

export function RetryCard(props: CardProps) {
  const { webhook, denied } = props;
  const [plan, setPlan] = useState<RetryPlan>(webhook.retry_plan);
  const state = useSave(props, 'Saved how we try again.');
  return (
    <CardForm
      title="When a try fails"
      saveLabel="Save plan"
      changed={plan !== webhook.retry_plan}
      denied={denied}
      state={state}
      onSave={() => void state.save({ retry_plan: plan })}
      onUndo={() => setPlan(webhook.retry_plan)}
    >
      <Radio.Group
        label="How long should we keep trying?"
        value={plan}
        onChange={(value) => setPlan(value)}
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
      </Radio.Group>
    </CardForm>
  );
}
