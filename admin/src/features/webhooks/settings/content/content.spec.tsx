import { expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import { accessibilityProblems } from '../../../../test/accessibility';
import { FakeServer, json, owner } from '../../../../test/fake-server';
import { catalogue, webhookDetail } from '../../../../test/samples';
import { showApp } from '../../../../test/show-app';

const CHANGE = 'PATCH /api/recruiter/webhooks/w1';

it('the content of messages is chosen with an example in sight, field by field', async () => {
  const server = new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on('GET /api/recruiter/webhooks', { data: [], next_cursor: null })
    .on('GET /api/recruiter/webhooks/w1', webhookDetail())
    .on(CHANGE, () => json(webhookDetail({ content: 'ids' })));
  const { user } = showApp('/recruiter/api/webhooks/w1/settings');
  const card = within((await screen.findByRole('heading', { name: 'Content' })).closest('section')!);
  expect(card.getByRole<HTMLInputElement>('radio', { name: 'Everything' }).checked).toBe(true);
  await user.click(await card.findByText('See an example'));
  await user.click(card.getByRole('radio', { name: 'Only these fields' }));
  expect(card.getByText(/uuid-123/)).toBeTruthy();
  await user.click(card.getByRole('checkbox', { name: 'application id' }));
  expect(card.queryByText(/uuid-123/)).toBeNull();
  await user.click(card.getByRole('button', { name: 'Save content' }));
  expect(card.getByText('Choose at least one field.')).toBeTruthy();
  expect(await accessibilityProblems()).toEqual([]);
  await user.click(card.getByRole('radio', { name: 'Ids only' }));
  await user.click(card.getByRole('button', { name: 'Save content' }));
  await waitFor(() => expect(server.to(CHANGE)[0]?.body).toEqual({ content: 'ids' }));
});
