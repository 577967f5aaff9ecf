import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { Recovery, RecoveryFilter, RecoveryPlan } from './types';
import { serverNow } from '../lib/server-clock';

/** How often a running recovery is polled. */
const PROGRESS_MS = 2_000;

/** How long receivers' answers are awaited after the last batch. */
const ANSWERS_MS = 60_000;

export const recoveryKeys = {
  all: ['recoveries'] as const,
  running: ['recoveries', 'running'] as const,
  one: (id: string) => ['recoveries', 'one', id] as const,
};

/** All running ones, no matter who started them where, so that a reload finds them again. */
export const runningRecoveriesQuery = queryOptions({
  queryKey: recoveryKeys.running,
  queryFn: async ({ signal }): Promise<Recovery[]> =>
    (await dataOf(api.GET('/api/recruiter/recoveries', { params: { query: { status: 'running' } }, signal }))).data,
});

export const recoveryQuery = (id: string) =>
  queryOptions({
    queryKey: recoveryKeys.one(id),
    queryFn: ({ signal }): Promise<Recovery> =>
      dataOf(api.GET('/api/recruiter/recoveries/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? PROGRESS_MS : false),
  });

/** True while its numbers change: batches or answers to the last ones are outstanding. */
export function isMoving(recovery: Recovery): boolean {
  if (recovery.finished_at === null) return true;
  const answered = recovery.delivered + recovery.failed;
  return answered < recovery.resent && serverNow() - Date.parse(recovery.finished_at) < ANSWERS_MS;
}

/** Finds what would be resent and stores it as a plan; nothing is sent. */
export async function planRecovery(filter: RecoveryFilter): Promise<RecoveryPlan> {
  const answer = await dataOf(api.POST('/api/recruiter/recoveries', { body: { filter, dry_run: true } }));
  return answer as RecoveryPlan;
}

/** Which events of the last days a webhook would get, stored as a plan; each call makes a new one. */
export const pastPlanQuery = (webhookId: string, days: number) =>
  queryOptions({
    queryKey: ['recoveries', 'past', webhookId, days],
    queryFn: async (): Promise<RecoveryPlan> => {
      const body = { include_past: { webhook_id: webhookId, days }, dry_run: true as const };
      return (await dataOf(api.POST('/api/recruiter/recoveries', { body }))) as RecoveryPlan;
    },
    staleTime: Infinity,
    gcTime: 0,
  });

/** Sends exactly what the plan contains. A repeated call returns its progress. */
export async function runRecovery(planId: string): Promise<Recovery> {
  const answer = await dataOf(api.POST('/api/recruiter/recoveries', { body: { plan_id: planId } }));
  return answer as Recovery;
}

/** Deliveries resent so far stay resent. */
export async function stopRecovery(id: string): Promise<void> {
  await dataOf(api.DELETE('/api/recruiter/recoveries/{id}', { params: { path: { id } } }));
}
