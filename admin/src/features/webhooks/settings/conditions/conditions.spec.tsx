import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import type { WebhookCondition } from '../../../../api/types';
import { accessibilityProblems } from '../../../../test/accessibility';
import { FakeServer, json, owner, problem, viewer } from '../../../../test/fake-server';
import { catalogue, webhookDetail } from '../../../../test/samples';
import { showApp } from '../../../../test/show-app';

const ONE = 'GET /api/recruiter/webhooks/w1';
const CHANGE = 'PATCH /api/recruiter/webhooks/w1';
const PREVIEW = 'POST /api/recruiter/conditions/preview';
const STORED: WebhookCondition[] = [
  {
    event: 'application.status_changed',
    all: [{ field: 'applicationId', op: 'one_of', value: ['shortlisted', 'hired'] }],
  },
];

describe('conditions', () => {
  let server: FakeServer;

  beforeEach(() => {
    server = new FakeServer()
      .on('GET /api/me', owner())
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/webhooks', { data: [], next_cursor: null })
      .on('GET /api/recruiter/webhooks/w1/alerts', { emails: [], url: null })
      .on(ONE, webhookDetail())
      .on(PREVIEW, { count: 50, matches: 7, events: [] })
      .on(CHANGE, () => json(webhookDetail({ conditions: STORED })));
  });

  async function open() {
    const app = showApp('/recruiter/api/webhooks/w1/settings');
    const card = (await screen.findByRole('heading', { name: 'Only when…' })).closest('section')!;
    return { ...app, card: within(card) };
  }

  it('are built as a sentence, say what they let through, and are saved', async () => {
    const { user, card } = await open();
    expect(card.getByText(/All events are sent/)).toBeTruthy();
    await user.click(card.getByRole('button', { name: 'Add a condition' }));
    await user.selectOptions(card.getByLabelText('Event'), 'application.status_changed');
    await user.selectOptions(card.getByLabelText('Comparison'), 'one_of');
    await user.type(card.getByLabelText('Value'), 'shortlisted, hired');
    expect(await card.findByText('7 of the last 50 events would have been sent.')).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(card.getByRole('button', { name: 'Save conditions' }));
    await waitFor(() => expect(server.to(CHANGE)[0]?.body).toEqual({ conditions: STORED }));
  });

  it('can be taken away', async () => {
    server.on(ONE, webhookDetail({ conditions: STORED }));
    const { user, card } = await open();
    expect(card.getByLabelText<HTMLInputElement>('Value').value).toBe('shortlisted, hired');
    await user.click(card.getByRole('button', { name: 'Remove condition 1' }));
    await user.click(card.getByRole('button', { name: 'Save conditions' }));
    await waitFor(() => expect(server.to(CHANGE)[0]?.body).toEqual({ conditions: null }));
  });

  it("show the server's refusal at their value", async () => {
    server.on(CHANGE, () =>
      problem(400, 'validation_failed', {
        errors: [{ field: 'conditions.0.all.0.value', code: 'invalid', message: 'value must be a text' }],
      }),
    );
    const { user, card } = await open();
    await user.click(card.getByRole('button', { name: 'Add a condition' }));
    await user.click(card.getByRole('button', { name: 'Save conditions' }));
    expect(await card.findByText('value must be a text')).toBeTruthy();
  });

  it('are only shown to a viewer', async () => {
    server.on('GET /api/me', viewer()).on(ONE, webhookDetail({ conditions: STORED }));
    const { card } = await open();
    expect(card.getByLabelText<HTMLInputElement>('Value').disabled).toBe(true);
    expect(card.queryByRole('button', { name: 'Add a condition' })).toBeNull();
  });
});
