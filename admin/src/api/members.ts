import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { InvitedMember, Member, NewMember, Role } from './types';

/** The members of the agency, in the order in which they joined. */
export const membersQuery = infiniteQueryOptions({
  queryKey: ['members'],
  queryFn: ({ pageParam, signal }) => {
    const query = pageParam ? { cursor: pageParam } : {};
    return dataOf(api.GET('/api/recruiter/members', { params: { query }, signal }));
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

/** Also for an existing member: updates role and name and makes a new link. Only this response contains the link. */
export function inviteMember(input: NewMember): Promise<InvitedMember> {
  return dataOf(api.POST('/api/recruiter/members', { body: input }));
}

export function changeRole(id: string, role: Role): Promise<Member> {
  return dataOf(api.PATCH('/api/recruiter/members/{id}', { params: { path: { id } }, body: { role } }));
}

export async function removeMember(id: string): Promise<void> {
  await dataOf(api.DELETE('/api/recruiter/members/{id}', { params: { path: { id } } }));
}
