import { useQueryClient } from '@tanstack/react-query';
import { membersQuery } from '../../../api/members';
import { meQuery, useMe } from '../../../api/session';

/** Refetches the members, and the session if the person changed their own role: screens depend on it. */
export function useMembersChanged(): (memberId: string) => Promise<void> {
  const queryClient = useQueryClient();
  const me = useMe();
  return async (memberId) => {
    if (memberId === me.id) await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
    await queryClient.invalidateQueries({ queryKey: membersQuery.queryKey });
  };
}
