import { Button } from '../../../ui/kit';
import { InfoBar } from '../../../ui/states';
import css from './settings.module.css';

/** Shows the stored value and the person's own side by side before one of them is overwritten. */
export interface Conflict {
  theirs: string;
  mine: string;
  onTakeTheirs: () => void;
}

export function ConflictNote({ theirs, mine, onTakeTheirs }: Conflict) {
  return (
    <div role="alert">
      <InfoBar tone="warn">
        <div className={css.conflict}>
          <p>
            Someone else changed this to <strong>{theirs}</strong>. Yours is <strong>{mine}</strong>.
          </p>
          <p>Save to keep yours, or take theirs.</p>
          <div>
            <Button variant="default" size="xs" onClick={onTakeTheirs}>
              Take theirs
            </Button>
          </div>
        </div>
      </InfoBar>
    </div>
  );
}
