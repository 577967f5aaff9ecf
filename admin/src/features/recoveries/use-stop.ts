import { useMutation, useQueryClient } from '@tanstack/react-query';
import { recoveryKeys, stopRecovery } from '../../api/recoveries';
import { toastProblem } from '../../ui/toasts';

/** Stops a recovery; deliveries resent so far stay resent. */
export function useStop(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => stopRecovery(id),
    onError: toastProblem,
    onSettled: async () => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: recoveryKeys.one(id) }),
        queryClient.invalidateQueries({ queryKey: recoveryKeys.running }),
      ]);
    },
  });
}
