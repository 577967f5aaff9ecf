import type { TestResult } from '../../../api/types';
import { whoWords } from '../../../copy';
import { tookOver } from '../../../copy-tools';
import { developerReport } from '../../../lib/developer-report';
import { isTool, reasonWords, sentenceOf } from '../../../lib/failure-sentence';
import { statusName } from '../../../lib/http-status';
import { prettyJson } from '../../../lib/json-text';
import { secondsTime, duration } from '../../../lib/time';
import { webhookName } from '../../../lib/webhook-name';
import { CodeBlock } from '../../../ui/code-block';
import { CopyButton } from '../../../ui/copy-button';
import { IconCheck, IconCross } from '../../../ui/icons';
import { Phrases } from '../../../ui/phrases';
import { AnswersAgain, type TestedWebhook } from './answers-again';
import { Fold } from './fold';
import css from './test-panel.module.css';

interface TestAnswerProps {
  webhook: TestedWebhook;
  result: TestResult;
}

/** The result of a test: their response, who can fix a failure, and the bytes of both sides for the developer. */
export function TestAnswer({ webhook, result }: TestAnswerProps) {
  const { attempt } = result;
  const good = attempt.outcome === 'succeeded';
  const answer = attempt.response_body;
  const words = reasonWords(attempt.reason, webhook, answer);
  return (
    <div className={css.answer} data-tone={good ? 'ok' : 'bad'}>
      <p className={css.verdict}>
        {good ? <IconCheck size={20} /> : <IconCross size={20} />}
        <span>
          {good
            ? ['It works. Real events will arrive on their own.', ...tookOver(webhook.kind)].join(' ')
            : sentenceOf(attempt.reason, attempt, webhook, answer)}
        </span>
      </p>
      <p className={css.facts}>
        <Phrases phrases={facts(result)} />
      </p>
      {good ? <AnswersAgain webhook={webhook} /> : null}
      {good ? null : (
        <>
          <p>
            {whoWords[words.who](webhookName(webhook))} {words.whatToDo}
          </p>
          {attempt.detail ? <p className={css.facts}>{attempt.detail}</p> : null}
          {isTool(webhook.kind) ? null : (
            <div>
              <CopyButton size="xs" label="Copy details for developer" text={() => report(webhook, result)} />
            </div>
          )}
        </>
      )}
      {result.body ? (
        <Fold title="See the message we sent">
          <CodeBlock label="Message" json text={prettyJson(result.body) ?? result.body} maxHeight={260} />
        </Fold>
      ) : null}
      {attempt.response_body ? (
        <Fold title="See their answer">
          <CodeBlock
            label={attempt.response_body_encoding === 'hex' ? 'Answer: bytes that are no text' : 'Answer'}
            text={attempt.response_body}
            maxHeight={220}
          />
        </Fold>
      ) : null}
    </div>
  );
}

function facts({ attempt }: TestResult): string[] {
  return [
    `Sent ${secondsTime(attempt.started_at)}`,
    attempt.response_status === null ? 'no answer' : `answered ${statusName(attempt.response_status)}`,
    ...(attempt.duration_ms === null ? [] : [duration(attempt.duration_ms)]),
  ];
}

function report(webhook: TestAnswerProps['webhook'], result: TestResult): string {
  const { delivery_id: id, event_id: eventId, event, attempt, answer_excerpt: answer } = result;
  return developerReport({
    url: webhook.url,
    link: `${globalThis.location.origin}/recruiter/api/deliveries/${id}`,
    reason: attempt.reason,
    responseStatus: attempt.response_status,
    answer,
    delivery: { id, eventId, event, attempts: [attempt] },
  });
}
