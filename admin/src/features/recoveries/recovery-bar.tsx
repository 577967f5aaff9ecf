import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { refetchAll } from '../../api/live/refresh';
import { recoveryQuery, runningRecoveriesQuery } from '../../api/recoveries';
import type { Recovery } from '../../api/types';
import { Button } from '../../ui/kit';
import { Progress } from './progress';
import { hasBegun, wasUndone } from './recovery-words';
import { useStop } from './use-stop';
import css from './recoveries.module.css';

/** Running bulk resends, on every screen and after a reload; finished ones stay until they are closed. */
export function RecoveryBar() {
  const running = useQuery(runningRecoveriesQuery).data;
  const [seen, setSeen] = useState<readonly Recovery[]>([]);
  const [begun, setBegun] = useState<readonly string[]>([]);
  const [closed, setClosed] = useState<readonly string[]>([]);
  const unseen = running?.filter(({ id }) => !seen.some((recovery) => recovery.id === id)) ?? [];
  if (unseen.length > 0) setSeen([...seen, ...unseen]);
  const open = seen.filter(({ id }) => !closed.includes(id));
  const shown = open.filter(({ id }) => begun.includes(id));
  const close = (id: string) => setClosed((ids) => [...ids, id]);
  return (
    <>
      {open.map((recovery) => (
        <Follow
          key={recovery.id}
          first={recovery}
          onBegin={() => setBegun((ids) => [...ids, recovery.id])}
          onUndone={() => close(recovery.id)}
        />
      ))}
      {shown.length > 0 ? (
        <section className={css.dock} aria-label="Resending" data-bottom-bar>
          {shown.map((recovery) => (
            <One key={recovery.id} first={recovery} onClose={() => close(recovery.id)} />
          ))}
        </section>
      ) : null}
    </>
  );
}

interface FollowProps {
  first: Recovery;
  onBegin: () => void;
  onUndone: () => void;
}

/** Refreshes the lists, shown or not. Shows nothing while it can be undone, which a message offers. */
function Follow({ first, onBegin, onUndone }: FollowProps) {
  const { data: recovery } = useQuery({ ...recoveryQuery(first.id), initialData: first });
  useListsFollow(recovery);
  const undone = wasUndone(recovery);
  const begun = !undone && hasBegun(recovery);
  useEffect(() => {
    if (undone) onUndone();
    if (begun) onBegin();
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [undone, begun]);
  return null;
}

function One({ first, onClose }: { first: Recovery; onClose: () => void }) {
  const { data: recovery } = useQuery({ ...recoveryQuery(first.id), initialData: first });
  const stop = useStop(recovery.id);
  const running = recovery.status === 'running';
  return (
    <div className={css.slim}>
      <Progress recovery={recovery} />
      {running ? (
        <Button variant="default" size="compact-sm" loading={stop.isPending} onClick={() => stop.mutate()}>
          Stop
        </Button>
      ) : (
        <Button variant="default" size="compact-sm" onClick={onClose}>
          Close
        </Button>
      )}
    </div>
  );
}

/** Refreshes the lists when it ends, without waiting for their next poll. */
function useListsFollow({ status, delivered, failed }: Recovery): void {
  const queryClient = useQueryClient();
  const over = status !== 'running';
  useEffect(() => {
    if (!over) return;
    void refetchAll(queryClient);
  }, [over, delivered, failed, queryClient]);
}
