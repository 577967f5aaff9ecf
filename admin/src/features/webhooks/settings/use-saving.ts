import { isStatus } from '../../../api/problem';
import { useSubmit, type Submit } from '../../../lib/use-submit';
import { toast } from '../../../ui/toasts';

/** How the saving of one card goes. */
export interface Saving extends Omit<Submit, 'run'> {
  /** The webhook changed since it was read: show the stored value before overwriting it. */
  outdated: boolean;
  /** Forgets what went wrong: the person took the change back. */
  reset: () => void;
}

/** `done`: what is said once it is saved. `work` may resolve to null: then nothing was. */
export function useSaving(done: string): Saving & Pick<Submit, 'run'> {
  const { run, ...form } = useSubmit();
  return {
    ...form,
    outdated: isStatus(form.failure, 412),
    reset: () => void form.check({}),
    run: async (fields, work) => {
      const saved = await run(fields, work);
      if (saved !== null) toast('done', done);
      return saved;
    },
  };
}
