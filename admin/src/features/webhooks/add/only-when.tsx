import { useState } from 'react';
import type { EventTypeList } from '../../../api/types';
import type { Selection } from '../../../lib/event-selection';
import type { FieldProblems } from '../../../lib/field-problems';
import { Button } from '../../../ui/kit';
import type { TypedCondition } from '../settings/conditions/condition-edits';
import { ConditionsEditor } from '../settings/conditions/conditions-editor';
import css from './add-webhook.module.css';

interface OnlyWhenProps {
  catalogue: EventTypeList;
  events: Selection;
  value: readonly TypedCondition[];
  onChange: (conditions: TypedCondition[]) => void;
  problems: FieldProblems;
}

/** Optional conditions. */
export function OnlyWhen(props: OnlyWhenProps) {
  const [open, setOpen] = useState(false);
  if (props.events.length === 0) return null;
  if (!open) {
    return (
      <div>
        <Button variant="default" size="compact-sm" onClick={() => setOpen(true)}>
          Only when…
        </Button>
      </div>
    );
  }
  return (
    <fieldset className={css.onlyWhen}>
      <legend className={css.legend}>Only when…</legend>
      <ConditionsEditor {...props} />
    </fieldset>
  );
}
