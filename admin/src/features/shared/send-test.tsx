import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sendSharedTest } from '../../api/shared';
import type { EventType, SharedTestResult, TestEvent } from '../../api/types';
import { reasons } from '../../copy';
import { inSecondPerson, developerAdvice } from '../../lib/developer-report';
import { statusName } from '../../lib/http-status';
import { prettyJson } from '../../lib/json-text';
import { duration } from '../../lib/time';
import { CodeBlock } from '../../ui/code-block';
import { Button, NativeSelect } from '../../ui/kit';
import { Card } from '../../ui/page';
import { InfoBar, ProblemNote } from '../../ui/states';
import css from './shared.module.css';

const PLAIN = 'webhook.test';

/** A signed sample to the developer's own server. */
export function SendTest({ token, events }: { token: string; events: readonly EventType[] }) {
  const [event, setEvent] = useState<string>(PLAIN);
  const sending = useMutation({ mutationFn: () => sendSharedTest(token, event as TestEvent) });
  return (
    <Card title="Send me a test">
      <div className={css.row}>
        <NativeSelect
          aria-label="Event"
          value={event}
          onChange={(change) => setEvent(change.currentTarget.value)}
          data={[
            { value: PLAIN, label: 'Test message' },
            ...events.map(({ type, title }) => ({ value: type, label: `${title} · ${type}` })),
          ]}
        />
        <Button loading={sending.isPending} onClick={() => sending.mutate()}>
          Send me a test
        </Button>
      </div>
      <div role="status" className={css.result}>
        {sending.data ? <Result result={sending.data} /> : null}
      </div>
      {sending.isError ? <ProblemNote error={sending.error} /> : null}
    </Card>
  );
}

function Result({ result: { attempt, answer, body } }: { result: SharedTestResult }) {
  const said = attempt.response_status === null ? 'no answer' : statusName(attempt.response_status);
  const took = attempt.duration_ms === null ? '' : ` in ${duration(attempt.duration_ms)}`;
  const good = attempt.outcome === 'succeeded';
  const { sentence } = reasons[attempt.reason];
  return (
    <>
      <InfoBar tone={good ? 'quiet' : 'bad'}>
        {good
          ? `It works: ${said}${took}.`
          : `${inSecondPerson(sentence)} (${said}${took}) ${developerAdvice(attempt.reason)}`}
      </InfoBar>
      {answer ? <CodeBlock label="Your server answered" text={answer} maxHeight={160} /> : null}
      {body ? <CodeBlock label="We sent" json text={prettyJson(body) ?? body} maxHeight={220} /> : null}
    </>
  );
}
