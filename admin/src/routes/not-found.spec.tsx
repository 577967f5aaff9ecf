import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen } from '@testing-library/react';
import { accessibilityProblems } from '../test/accessibility';
import { FakeServer, owner, problem } from '../test/fake-server';
import { catalogue, failureGroups, webhook } from '../test/samples';
import { showApp } from '../test/show-app';

const NOWHERE = [
  '/nowhere',
  '/recruiter/api/nowhere',
  '/recruiter/api/guide/nowhere',
  '/recruiter/api/deliveries/d1/more',
];

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on('GET /api/recruiter/failure-groups', failureGroups())
    .on('GET /api/recruiter/webhooks', { data: [webhook()], next_cursor: null });
});

describe('an unknown address', () => {
  it.each(NOWHERE)('is reported as such, within the frame: %s', async (address) => {
    showApp(address);
    const heading = await screen.findByRole('heading', { level: 1, name: 'Page not found' });
    expect(document.activeElement).toBe(heading);
    expect(document.title).toBe('Page not found · BPOC');
    expect(screen.getByRole('navigation', { name: 'API and webhooks' })).toBeTruthy();
    expect(await screen.findByRole('button', { name: /^Account/ })).toBeTruthy();
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('leads on to the webhooks', async () => {
    const { user, history } = showApp('/recruiter/api/nowhere');
    await user.click(await screen.findByRole('link', { name: 'Go to Webhooks' }));
    expect(await screen.findByRole('link', { name: 'Payroll sync' })).toBeTruthy();
    expect(history.location.pathname).toBe('/recruiter/api/webhooks');
  });

  it('reveals nothing without a session', async () => {
    server.on('GET /api/me', () => problem(401, 'unauthenticated'));
    const { history } = showApp('/recruiter/api/nowhere');
    expect(await screen.findByRole('button', { name: 'Sign in' })).toBeTruthy();
    expect(history.location.search).toBe('?next=%2Frecruiter%2Fapi%2Fnowhere');
  });
});
