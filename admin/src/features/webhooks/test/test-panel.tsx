import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import type { EventTypeList, TestEvent, TestResult, Webhook } from '../../../api/types';
import { sendTest } from '../../../api/webhooks';
import { isChosen } from '../../../lib/event-selection';
import { isTool } from '../../../lib/failure-sentence';
import { isSigned } from '../../../lib/is-signed';
import { CodeBlock } from '../../../ui/code-block';
import { IconSend } from '../../../ui/icons';
import { Button, NativeSelect } from '../../../ui/kit';
import { ProblemNote } from '../../../ui/states';
import type { TestedWebhook } from './answers-again';
import { Fold } from './fold';
import { MessagePreview } from '../message-preview';
import { TestAnswer } from './test-answer';
import css from './test-panel.module.css';

const TEST_EVENT = 'webhook.test' satisfies TestEvent;

interface TestPanelProps {
  webhook: TestedWebhook & Pick<Webhook, 'events'>;
  /** The initial type; by default a small message that is not an event, or for a tool the first event it gets. */
  firstEvent?: TestEvent | undefined;
  onResult?: (result: TestResult) => void;
}

/** Sends one signed sample and shows the response in place. */
export function TestPanel({ webhook, firstEvent, onResult }: TestPanelProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  const chosen =
    catalogue?.data.filter((entry) => entry.type === firstEvent || isChosen(webhook.events, entry.type)) ?? [];
  const [picked, setEvent] = useState<TestEvent>();
  // For tools, an event as people will read it rather than a message that is not an event.
  const event =
    picked ??
    firstEvent ??
    (isTool(webhook.kind) ? (chosen[0]?.type as TestEvent | undefined) : undefined) ??
    TEST_EVENT;
  const [state, setState] = useState<{ busy: boolean; result: TestResult | null; failure: unknown }>({
    busy: false,
    result: null,
    failure: null,
  });
  const hintId = useId();

  async function send(): Promise<void> {
    setState({ ...state, busy: true, failure: null });
    try {
      const result = await sendTest(webhook.id, event);
      setState({ busy: false, result, failure: null });
      onResult?.(result);
    } catch (failure) {
      setState({ busy: false, result: null, failure });
    }
  }

  // What people will see comes first, then the button that sends it.
  const tool = isTool(webhook.kind) ? { ...webhook, kind: webhook.kind } : null;
  const button = (
    <Button leftSection={<IconSend />} loading={state.busy} onClick={() => void send()}>
      {tool ? 'Send it there' : 'Send test'}
    </Button>
  );
  return (
    <div className={css.panel}>
      <div className={css.form}>
        <NativeSelect
          label="Event"
          className={css.event}
          value={event}
          onChange={(change) => setEvent(change.currentTarget.value as TestEvent)}
          aria-describedby={hintId}
          data={[
            { value: TEST_EVENT, label: tool ? 'Test message' : 'Test message · webhook.test' },
            ...chosen.map(({ type, title }) => ({ value: type, label: tool ? title : `${title} · ${type}` })),
          ]}
        />
        {tool ? null : button}
      </div>
      {tool && event !== TEST_EVENT ? <MessagePreview webhook={tool} event={event} /> : null}
      {tool ? <div>{button}</div> : null}
      <p id={hintId} className={css.hint}>
        {hintOf(event, webhook)}
      </p>
      {isSigned(webhook) ? (
        <Fold title="See the message we will send">
          <CodeBlock label="Message" json text={preview(event, webhook.id, catalogue)} maxHeight={260} />
        </Fold>
      ) : null}
      <div role="status" aria-live="polite">
        {state.result ? <TestAnswer webhook={webhook} result={state.result} /> : null}
      </div>
      {state.failure ? <ProblemNote error={state.failure} /> : null}
    </div>
  );
}

function hintOf(event: TestEvent, { kind }: Pick<Webhook, 'kind'>): string {
  if (event === TEST_EVENT) return 'A small message that asks for nothing but an answer.';
  return isTool(kind)
    ? 'The test has made-up data, and says that it is a test.'
    : 'This looks like a real event, with made-up data. It is marked as a test with the header x-webhook-test.';
}

/** As the server builds it, except for the time. */
function preview(event: TestEvent, webhookId: string, catalogue: EventTypeList | undefined): string {
  const timestamp = new Date().toISOString();
  const example = catalogue?.data.find((entry) => entry.type === event)?.example;
  const data = example?.data ?? { message: 'This is a test from BPOC. Nothing happened to any candidate.', webhookId };
  return JSON.stringify({ event, timestamp, data }, null, 2);
}
