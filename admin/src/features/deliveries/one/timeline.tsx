import type { Attempt, AttemptMail, DeliveryDetail } from '../../../api/types';
import { sentenceOf } from '../../../lib/failure-sentence';
import { statusName } from '../../../lib/http-status';
import { duration, fullTime, preciseTime, soon } from '../../../lib/time';
import { IconCheck, IconClock, IconCross, IconPerson, IconSpark, IconWaitsToRetry } from '../../../ui/icons';
import { nextTry, pausedWords, type Plan } from '../use-plans';
import { historyOf, waitBeforeFirstTry, type Step } from './history';
import { TimingBar } from './timing-bar';
import css from './timeline.module.css';

interface TimelineProps {
  delivery: DeliveryDetail;
  plan: Plan | undefined;
  /** The try whose answer and headers are shown below. */
  shown: number | null;
  onShow: (n: number) => void;
}

export function Timeline({ delivery, plan, shown, onShow }: TimelineProps) {
  const { event_detail: event, timeline } = delivery;
  const waited = waitBeforeFirstTry(delivery);
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline" className={css.title}>
        Timeline
      </h2>
      <ol className={css.list}>
        {event ? (
          <Moment icon={<IconSpark />} at={event.occurred_at}>
            Happened in BPOC
          </Moment>
        ) : null}
        <Moment icon={<IconClock />} at={delivery.created_at}>
          Queued{waited === null ? null : <span className={css.quiet}> for {duration(waited)}</span>}
        </Moment>
        {historyOf(delivery).map((step, index, steps) =>
          step.kind === 'resent' ? (
            <Moment key={`resent ${step.at}`} icon={<IconPerson />} at={step.at}>
              Resent by {step.by}
              {step.recovery_id ? <span className={css.quiet}> with others</span> : null}
            </Moment>
          ) : (
            <Try
              key={step.attempt.n}
              attempt={step.attempt}
              delivery={delivery}
              lastAutomatic={step.lastAutomatic}
              shown={step.attempt.n === shown}
              same={isSame(step, steps[index - 1])}
              selectable={timeline.length > 1}
              onShow={() => onShow(step.attempt.n)}
            />
          ),
        )}
        <NextTry delivery={delivery} plan={plan} />
      </ol>
    </section>
  );
}

function Moment({ icon, at, children }: { icon: React.ReactNode; at: string; children: React.ReactNode }) {
  return (
    <li className={css.item}>
      <span className={css.dot}>{icon}</span>
      <div className={css.line}>
        <span className={css.what}>{children}</span>
        <Clock iso={at} />
      </div>
    </li>
  );
}

function Clock({ iso }: { iso: string }) {
  return (
    <time className={css.time} dateTime={iso} title={fullTime(iso)}>
      {preciseTime(iso)}
    </time>
  );
}

/** The previous try had the same result, so its sentence is not repeated. */
function isSame(step: Step, before: Step | undefined): boolean {
  return step.kind === 'try' && before?.kind === 'try' && step.attempt.reason === before.attempt.reason;
}

interface TryProps {
  attempt: Attempt;
  delivery: DeliveryDetail;
  same: boolean;
  lastAutomatic: boolean;
  shown: boolean;
  selectable: boolean;
  onShow: () => void;
}

function Try({ attempt, delivery, same, lastAutomatic, shown, selectable, onShow }: TryProps) {
  const good = attempt.outcome === 'succeeded';
  const answer = delivery.answers.find(({ n }) => n === attempt.n)?.text;
  return (
    <li className={css.item} data-tone={good ? 'ok' : attempt.outcome === 'interrupted' ? 'quiet' : 'bad'}>
      <span className={css.dot}>{good ? <IconCheck /> : <IconCross />}</span>
      <div className={css.try} data-shown={(selectable && shown) || undefined}>
        <div className={css.line}>
          <span className={css.what}>
            {selectable ? (
              <button type="button" className={css.pick} aria-pressed={shown} onClick={onShow}>
                Try {attempt.n}
              </button>
            ) : (
              <strong>Try {attempt.n}</strong>
            )}
            <span className={css.result}>{resultWords(attempt)}</span>
            {lastAutomatic ? <span className={css.quiet}>last automatic try</span> : null}
          </span>
          <Clock iso={attempt.started_at} />
        </div>
        {good || same ? null : (
          <p className={css.reason}>{sentenceOf(attempt.reason, attempt, delivery.webhook, answer)}</p>
        )}
        {attempt.detail ? <p className={css.detail}>{attempt.detail}</p> : null}
        {attempt.mails ? <MailResults mails={attempt.mails} /> : null}
        {shown || !selectable ? <TimingBar attempt={attempt} /> : null}
      </div>
    </li>
  );
}

function MailResults({ mails }: { mails: AttemptMail[] }) {
  return (
    <ul className={css.mails}>
      {mails.map((mail) => (
        <li key={mail.email}>
          {mail.email}: {mailWords[mail.outcome]}
          {mail.smtp_code === null ? null : ` (${mail.smtp_code})`}
          {mail.outcome === 'accepted' || mail.answer === null ? null : (
            <span className={css.detail}>{mail.answer}</span>
          )}
          {mail.retry_at === null ? null : ` Next try ${soon(mail.retry_at)}.`}
        </li>
      ))}
    </ul>
  );
}

const mailWords: Record<AttemptMail['outcome'], string> = {
  accepted: 'delivered',
  deferred: 'deferred by the mail server',
  refused: 'refused by the mail server',
};

function resultWords(attempt: Attempt): string {
  if (attempt.mails) return mailCount(attempt.mails, attempt.duration_ms);
  const answer = attempt.response_status === null ? 'no answer' : statusName(attempt.response_status);
  return attempt.duration_ms === null ? answer : `${answer} · ${duration(attempt.duration_ms)}`;
}

function mailCount(mails: AttemptMail[], ms: number | null): string {
  const words = `${mails.filter(({ outcome }) => outcome === 'accepted').length} of ${mails.length} emails delivered`;
  return ms === null ? words : `${words} · ${duration(ms)}`;
}

function NextTry({ delivery, plan }: Pick<TimelineProps, 'delivery' | 'plan'>) {
  if (delivery.status !== 'waiting' && delivery.status !== 'retrying') return null;
  return (
    <li className={css.item} data-tone="next">
      <span className={css.dot}>
        <IconWaitsToRetry />
      </span>
      <div className={css.line}>
        <span className={css.what}>
          {plan?.pausedUntil ? pausedWords(plan) : `Next try ${nextTry(delivery, undefined)}`}
        </span>
      </div>
    </li>
  );
}
