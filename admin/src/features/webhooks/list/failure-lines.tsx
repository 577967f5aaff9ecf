import type { FailureGroup } from '../../../api/types';
import { reasons } from '../../../copy';
import { capital } from '../../../lib/capital';
import { groupCount, groupSearch } from '../../../lib/failure-group';
import { clockTime } from '../../../lib/time';
import { TextLink } from '../../../ui/link';
import css from './attention-card.module.css';

/** More would push the next webhook off the screen; the list of deliveries has them all. */
const SHOWN = 3;

interface FailureLinesProps {
  groups: readonly FailureGroup[];
  capped: boolean;
  /** The sentence shown above, which is not repeated. */
  said: string;
}

/** How many deliveries failed for which reason, and the way to them. */
export function FailureLines({ groups, capped, said }: FailureLinesProps) {
  if (groups.length === 0) return null;
  return (
    <ul className={css.groups}>
      {groups.slice(0, SHOWN).map((group) => {
        const { sentence } = reasons[group.reason];
        return (
          <li key={group.reason}>
            {capital(groupCount(group, capped))} since {clockTime(group.first_at)}.{' '}
            {sentence === said ? null : `${sentence} `}
            <TextLink to="/recruiter/api/deliveries" search={groupSearch(group.webhook.id, group.reason)}>
              See them
            </TextLink>
          </li>
        );
      })}
    </ul>
  );
}
