import { useMe } from '../../../api/session';
import { keptFor } from '../../../lib/retention';
import { Button } from '../../../ui/kit';
import { ButtonLink } from '../../../ui/link';
import { EmptyNote } from '../../../ui/states';
import { hasFilter, type ListSearch } from './filter';
import { searchable } from './match-words';

/** Why the list is empty, and what to do next. */
export function NoDeliveries({ search, onClear }: { search: ListSearch; onClear: () => void }) {
  const me = useMe();
  if (hasFilter(search)) {
    return (
      <EmptyNote
        title="No deliveries match."
        action={
          <Button variant="default" onClick={onClear}>
            Clear filters
          </Button>
        }
      >
        {search.q ? `Nothing matches “${search.q}”. ${searchable(me)} ` : null}We keep deliveries for {keptFor(me)}.
      </EmptyNote>
    );
  }
  return (
    <EmptyNote
      title="No deliveries yet."
      action={
        <ButtonLink variant="default" to="/recruiter/api/webhooks">
          Go to Webhooks
        </ButtonLink>
      }
    >
      They appear here when something happens in BPOC that a webhook is subscribed to.
    </EmptyNote>
  );
}
