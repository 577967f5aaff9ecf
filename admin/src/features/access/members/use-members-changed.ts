import { useQueryClient } from '@tanstack/react-query';
import { membersQuery } from '../../../api/members';
import { meQuery, useMe } from '../../../api/session';

/** Reads the members again; and oneself, when it was oneself who changed: what the screens offer follows the role. */
export function useMembersChanged(): (memberId: string) => Promise<void> {
  const queryClient = useQueryClient();
  const me = useMe();
  return async (memberId) => {
    if (memberId === me.id) await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
    await queryClient.invalidateQueries({ queryKey: membersQuery.queryKey });
  };
}
