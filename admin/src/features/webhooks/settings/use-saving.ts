import { isStatus } from '../../../api/problem';
import { useSubmit, type Submit } from '../../../lib/use-submit';
import { toast } from '../../../ui/toasts';

/** The state of saving one card. */
export interface Saving extends Omit<Submit, 'run'> {
  /** The webhook changed since it was read: show the stored value before overwriting it. */
  outdated: boolean;
  /** Clears the error, because the person undid the change. */
  reset: () => void;
}

/** `done`: the message once it is saved. `work` may resolve to null if nothing was saved. */
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
