import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import type { EventTypeList, TestEvent, TestResult, Webhook } from '../../../api/types';
import { sendTest } from '../../../api/webhooks';
import { isChosen } from '../../../lib/event-selection';
import { isSigned } from '../../../lib/is-signed';
import { CodeBlock } from '../../../ui/code-block';
import { IconSend } from '../../../ui/icons';
import { Button, NativeSelect } from '../../../ui/kit';
import { ProblemNote } from '../../../ui/states';
import type { TestedWebhook } from './answers-again';
import { Fold } from './fold';
import { TestAnswer } from './test-answer';
import css from './test-panel.module.css';

const TEST_EVENT = 'webhook.test' satisfies TestEvent;

interface TestPanelProps {
  webhook: TestedWebhook & Pick<Webhook, 'events' | 'kind'>;
  /** Chosen at first; a small message that belongs to no event by default. */
  firstEvent?: TestEvent | undefined;
  onResult?: (result: TestResult) => void;
}

/** Sends one signed sample and shows the response in place. */
export function TestPanel({ webhook, firstEvent = TEST_EVENT, onResult }: TestPanelProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  const [event, setEvent] = useState<TestEvent>(firstEvent);
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

  const chosen =
    catalogue?.data.filter((entry) => entry.type === firstEvent || isChosen(webhook.events, entry.type)) ?? [];
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
            { value: TEST_EVENT, label: 'Test message · webhook.test' },
            ...chosen.map((entry) => ({ value: entry.type, label: `${entry.title} · ${entry.type}` })),
          ]}
        />
        <Button leftSection={<IconSend />} loading={state.busy} onClick={() => void send()}>
          Send test
        </Button>
      </div>
      <p id={hintId} className={css.hint}>
        {event === TEST_EVENT
          ? 'A small message that asks for nothing but an answer.'
          : 'This looks like a real event, with made-up data. It is marked as a test with the header x-webhook-test.'}
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

/** As the server builds it, except for the time. */
function preview(event: TestEvent, webhookId: string, catalogue: EventTypeList | undefined): string {
  const timestamp = new Date().toISOString();
  const example = catalogue?.data.find((entry) => entry.type === event)?.example;
  const data = example?.data ?? { message: 'This is a test from BPOC. Nothing happened to any candidate.', webhookId };
  return JSON.stringify({ event, timestamp, data }, null, 2);
}
