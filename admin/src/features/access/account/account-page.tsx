import { useMutation, useQueryClient } from '@tanstack/react-query';
import { chooseDigest, meQuery, useMe } from '../../../api/session';
import type { DigestChoice } from '../../../api/types';
import { roleWords } from '../../../copy';
import { digestWords } from '../../../copy-forms';
import { Radio, RadioGroup } from '../../../ui/kit';
import { Card, Page } from '../../../ui/page';
import { toast, toastProblem } from '../../../ui/toasts';
import css from '../access.module.css';

const CHOICES = Object.entries(digestWords) as [DigestChoice, (typeof digestWords)[DigestChoice]][];

/** A person's own settings. */
export function AccountPage() {
  const me = useMe();
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: chooseDigest,
    onSuccess: (changed) => {
      queryClient.setQueryData(meQuery.queryKey, changed);
      toast('done', 'Saved.');
    },
    onError: toastProblem,
  });
  return (
    <Page title="Your account" intro={`${me.email ?? me.name} · ${roleWords[me.role]} of ${me.agency.name}`}>
      <Card title="Digest by email">
        {me.digest === null ? (
          <p>This server sends no email to you.</p>
        ) : (
          <RadioGroup
            label="How often do you want a summary of your webhooks?"
            description="What was delivered, what was not, and which webhooks need attention."
            value={change.isPending ? change.variables : me.digest}
            onChange={(value) => change.mutate(value)}
          >
            <div className={css.choices}>
              {CHOICES.map(([value, { label, when }]) => (
                <Radio key={value} value={value} label={label} description={when} />
              ))}
            </div>
          </RadioGroup>
        )}
      </Card>
    </Page>
  );
}
