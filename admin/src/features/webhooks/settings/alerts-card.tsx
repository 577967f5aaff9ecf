import { useQuery, useQueryClient } from '@tanstack/react-query';
import { alertsQuery, changeAlerts } from '../../../api/alerts';
import { useMe } from '../../../api/session';
import type { Alerts, Webhook } from '../../../api/types';
import { webhooksQuery } from '../../../api/webhooks';
import { addressProblem } from '../../../lib/address-check';
import { emailsOf, emailsProblem } from '../../../lib/email-list';
import { deniedBecause } from '../../../lib/rights';
import { webhookName } from '../../../lib/webhook-name';
import { NativeSelect, Textarea, TextInput } from '../../../ui/kit';
import { Card } from '../../../ui/page';
import { LoadError, LoadingRows } from '../../../ui/states';
import { alertWords } from './alert-copy';
import { DraftForm } from './card-form';
import css from './settings.module.css';
import { useDraft } from './use-draft';
import { useSaving } from './use-saving';

const MAX_EMAILS = 10;
/** Chats, which can get alerts too. */
const CHATS: ReadonlySet<Webhook['kind']> = new Set(['slack', 'teams', 'google_chat']);
const TITLE = 'Who to email if it fails';

interface AlertsCardProps {
  webhookId: string;
  /** Why this person is not allowed to change it, or null. */
  denied: string | null;
}

/** Loaded separately, because viewers cannot see addresses of colleagues and get a note instead. */
export function AlertsCard({ webhookId, denied }: AlertsCardProps) {
  const hidden = deniedBecause(useMe(), 'content.read', alertWords.hidden);
  const alerts = useQuery({ ...alertsQuery(webhookId), enabled: hidden === null });
  if (alerts.data) {
    return <AlertsForm webhookId={webhookId} denied={denied} stored={alerts.data} />;
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

interface Typed {
  /** One address per line, as typed. */
  text: string;
  url: string;
  /** The webhook of a chat; empty: none. */
  chat: string;
}

/** What a person can set; only the server knows whether it is still the default. */
type OwnAlerts = Pick<Alerts, 'emails' | 'url' | 'chat_webhook_id'>;

const typedFrom = ({ emails, url, chat_webhook_id }: OwnAlerts): Typed => ({
  text: emails.join('\n'),
  url: url ?? '',
  chat: chat_webhook_id ?? '',
});
const alertsOf = ({ text, url, chat }: Typed): OwnAlerts => ({
  emails: emailsOf(text),
  url: url.trim() || null,
  chat_webhook_id: chat || null,
});

const wordsOf = (typed: Typed): string => {
  const { emails, url, chat_webhook_id } = alertsOf(typed);
  const chat = chat_webhook_id === null ? [] : ['a chat'];
  return [...emails, ...(url === null ? [] : [url]), ...chat].join(', ') || 'nobody';
};

const sameAlerts = (a: Typed, b: Typed): boolean => JSON.stringify(alertsOf(a)) === JSON.stringify(alertsOf(b));

function AlertsForm({ webhookId, denied, stored }: AlertsCardProps & { stored: Alerts }) {
  const queryClient = useQueryClient();
  const draft = useDraft<Typed>(typedFrom(stored), sameAlerts);
  const { text, url, chat } = draft.value;
  const chats = useQuery(webhooksQuery).data?.filter(({ id, kind }) => id !== webhookId && CHATS.has(kind)) ?? [];
  const { run, ...state } = useSaving('Saved who gets an email.');

  /** Alerts have no version, so they are read again first; null if a colleague changed them, which a note says. */
  async function replace(typed: OwnAlerts): Promise<Alerts | null> {
    const now = await queryClient.fetchQuery({ ...alertsQuery(webhookId), staleTime: 0 });
    return sameAlerts(typedFrom(now), typedFrom(stored)) ? changeAlerts(webhookId, typed) : null;
  }

  async function save(): Promise<void> {
    const typed = alertsOf(draft.value);
    const wrong = emailsProblem(typed.emails, MAX_EMAILS);
    const wrongUrl = typed.url === null ? null : addressProblem(typed.url);
    if (!state.check({ ...(wrong && { emails: wrong }), ...(wrongUrl && { url: wrongUrl }) })) return;
    const saved = await run(['emails', 'url', 'chat_webhook_id'], () => replace(typed));
    if (!saved) return;
    queryClient.setQueryData(alertsQuery(webhookId).queryKey, saved);
    draft.drop();
  }

  return (
    <DraftForm
      title={TITLE}
      saveLabel="Save alerts"
      denied={denied}
      state={state}
      draft={draft}
      words={wordsOf}
      onSave={() => void save()}
    >
      <p className={css.quiet}>
        {alertWords.when}{' '}
        {stored.emails.length === 0 ? alertWords.noRecipients : stored.default ? alertWords.byDefault : ''}
      </p>
      <Textarea
        label="Email addresses"
        description={alertWords.emails}
        value={text}
        onChange={(event) => draft.set({ ...draft.value, text: event.currentTarget.value })}
        error={state.problems.emails}
        disabled={denied !== null}
        rows={3}
        autoComplete="off"
        spellCheck={false}
      />
      {chats.length > 0 ? (
        <NativeSelect
          label="Alerts in chat"
          description="Pick a Slack, Teams or Google Chat webhook. Its channel gets the alerts too."
          value={chat}
          onChange={(event) => draft.set({ ...draft.value, chat: event.currentTarget.value })}
          error={state.problems.chat_webhook_id}
          disabled={denied !== null}
          data={[
            { value: '', label: 'No chat' },
            ...chats.map((webhook) => ({
              value: webhook.id,
              label: webhookName(webhook),
            })),
          ]}
        />
      ) : null}
      <TextInput
        label="Alert address (optional)"
        description={alertWords.url}
        type="url"
        inputMode="url"
        placeholder="https://"
        value={url}
        onChange={(event) => draft.set({ ...draft.value, url: event.currentTarget.value })}
        error={state.problems.url}
        disabled={denied !== null}
        autoComplete="off"
        spellCheck={false}
        maxLength={2048}
      />
    </DraftForm>
  );
}
