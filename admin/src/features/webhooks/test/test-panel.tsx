import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import type { TestEvent, TestResult, Webhook } from '../../../api/types';
import { sendTest } from '../../../api/webhooks';
import { isChosen } from '../../../lib/event-selection';
import { IconSend } from '../../../ui/icons';
import { Button, NativeSelect } from '../../../ui/kit';
import { ProblemNote } from '../../../ui/states';
import { TestAnswer } from './test-answer';
import css from './test-panel.module.css';

const TEST_EVENT = 'webhook.test' satisfies TestEvent;

interface TestPanelProps {
  webhook: Pick<Webhook, 'id' | 'url' | 'description' | 'events'>;
  onResult?: (result: TestResult) => void;
}

/** Sends one signed sample now and shows what came back, in place. */
export function TestPanel({ webhook, onResult }: TestPanelProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  const [event, setEvent] = useState<TestEvent>(TEST_EVENT);
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

  const chosen = catalogue?.data.filter((entry) => isChosen(webhook.events, entry.type)) ?? [];
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
      <div role="status" aria-live="polite">
        {state.result ? <TestAnswer webhook={webhook} result={state.result} /> : null}
      </div>
      {state.failure ? <ProblemNote error={state.failure} /> : null}
    </div>
  );
}
