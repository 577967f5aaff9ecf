import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { alertsQuery, changeAlerts } from '../../../api/alerts';
import { useMe } from '../../../api/session';
import type { Alerts } from '../../../api/types';
import { addressProblem } from '../../../lib/address-check';
import { deniedBecause } from '../../../lib/rights';
import { Textarea, TextInput } from '../../../ui/kit';
import { Card } from '../../../ui/page';
import { LoadError, LoadingRows } from '../../../ui/states';
import { alertWords } from './alert-copy';
import { emailsOf, emailsProblem } from './alert-emails';
import { CardForm } from './card-form';
import css from './settings.module.css';
import { useSaving } from './use-saving';

const TITLE = 'Who to email if it fails';

interface AlertsCardProps {
  webhookId: string;
  /** The sentence why this person may not change it, or null. */
  denied: string | null;
}

/** Loaded by itself: the addresses of colleagues are not for viewers, who get the sentence instead. */
export function AlertsCard({ webhookId, denied }: AlertsCardProps) {
  const hidden = deniedBecause(useMe(), 'content.read', alertWords.hidden);
  const alerts = useQuery({ ...alertsQuery(webhookId), enabled: hidden === null });
  if (alerts.data) {
    const { emails, url } = alerts.data;
    return <AlertsForm key={[...emails, url].join(' ')} webhookId={webhookId} denied={denied} stored={alerts.data} />;
  }
  return (
    <Card title={TITLE}>
      {hidden !== null ? (
        <p className={css.quiet}>{hidden}</p>
      ) : alerts.isError ? (
        <LoadError error={alerts.error} onRetry={() => void alerts.refetch()} />
      ) : (
        <LoadingRows rows={2} height={60} label="Loading who gets an email" />
      )}
    </Card>
  );
}

function AlertsForm({ webhookId, denied, stored }: AlertsCardProps & { stored: Alerts }) {
  const queryClient = useQueryClient();
  const [text, setText] = useState(stored.emails.join('\n'));
  const [url, setUrl] = useState(stored.url ?? '');
  const { run, ...state } = useSaving('Saved who gets an email.');
  const emails = emailsOf(text);
  const typed: Pick<Alerts, 'emails' | 'url'> = { emails, url: url.trim() || null };

  async function save(): Promise<void> {
    const wrong = emailsProblem(emails);
    const wrongUrl = typed.url === null ? null : addressProblem(typed.url);
    state.setProblems({ ...(wrong && { emails: wrong }), ...(wrongUrl && { url: wrongUrl }) });
    if (wrong !== null || wrongUrl !== null) return;
    const saved = await run(['emails', 'url'], () => changeAlerts(webhookId, typed));
    if (saved) queryClient.setQueryData(alertsQuery(webhookId).queryKey, saved);
  }

  return (
    <CardForm
      title={TITLE}
      saveLabel="Save alerts"
      changed={emails.join() !== stored.emails.join() || typed.url !== stored.url}
      denied={denied}
      state={state}
      onSave={() => void save()}
      onUndo={() => {
        setText(stored.emails.join('\n'));
        setUrl(stored.url ?? '');
        state.setProblems({});
      }}
    >
      <p className={css.quiet}>
        {alertWords.when} {stored.emails.length === 0 ? alertWords.nobody : stored.default ? alertWords.byDefault : ''}
      </p>
      <Textarea
        label="Email addresses"
        description={alertWords.emails}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={state.problems.emails}
        disabled={denied !== null}
        rows={3}
        autoComplete="off"
        spellCheck={false}
      />
      <TextInput
        label="Alert address (optional)"
        description={alertWords.url}
        type="url"
        inputMode="url"
        placeholder="https://"
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
        error={state.problems.url}
        disabled={denied !== null}
        autoComplete="off"
        spellCheck={false}
        maxLength={2048}
      />
    </CardForm>
  );
}
