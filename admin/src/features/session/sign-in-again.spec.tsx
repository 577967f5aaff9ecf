import { beforeEach, describe, expect, it } from '@jest/globals';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { accessibilityProblems } from '../../test/accessibility';
import { agencyServer } from '../../test/agency-server';
import { connectionLost, type FakeServer, json, owner, problem } from '../../test/fake-server';
import { delivery, failedDelivery, webhook } from '../../test/samples';
import { showApp } from '../../test/show-app';

const ADD = '/recruiter/api/webhooks/new';
const CREATE = 'POST /api/recruiter/webhooks';
const LOGIN = 'POST /api/auth/login';

let server: FakeServer;

beforeEach(() => {
  server = agencyServer().on(LOGIN, owner());
});

const ended = () => screen.findByRole('dialog', { name: 'You were signed out' });
const password = (dialog: HTMLElement) => within(dialog).getByLabelText<HTMLInputElement>('Password');

/** The session ends while a form is being filled in. */
async function typeAndLoseSession() {
  const { user, history } = showApp(ADD);
  const form = await screen.findByRole('dialog', { name: /Add webhook/ });
  await user.type(within(form).getByLabelText('Address'), 'https://hooks.example/in');
  await user.click(await within(form).findByRole('checkbox', { name: 'All events, including new ones' }));
  server.on(CREATE, () => problem(401, 'unauthenticated')).on('GET /api/me', () => problem(401, 'unauthenticated'));
  await user.click(within(form).getByRole('button', { name: 'Create webhook' }));
  return { user, history, dialog: await ended() };
}

const typed = () => screen.getByLabelText<HTMLInputElement>('Address').value;

describe('a session that ends during work', () => {
  it('asks for the password over the screen, which keeps everything typed', async () => {
    const { user, history, dialog } = await typeAndLoseSession();
    expect(within(dialog).getByLabelText<HTMLInputElement>('Email').value).toBe('otto@agency.example');
    expect(await accessibilityProblems()).toEqual([]);
    await user.type(password(dialog), 'a long password');
    server.on(CREATE, { ...webhook(), secret: 'whsec_x' }, 201).on('GET /api/me', owner());
    await user.click(within(dialog).getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(screen.queryByRole('dialog', { name: 'You were signed out' })).toBeNull());
    expect(history.location.pathname).toBe(ADD);
    expect(typed()).toBe('https://hooks.example/in');
    await user.click(screen.getByRole('button', { name: 'Create webhook' }));
    expect(await screen.findByText('We show it only once.')).toBeTruthy();
  });

  it('is reported once: by the dialog, not also by the control', async () => {
    server.on('POST /api/recruiter/deliveries/d1/resend', () => problem(401, 'unauthenticated'));
    server.on('GET /api/recruiter/deliveries/d1', failedDelivery());
    server.on('GET /api/recruiter/deliveries', { data: [delivery({ status: 'failed' })], next_cursor: null });
    const { user } = showApp('/recruiter/api/deliveries');
    await user.click(await screen.findByRole('button', { name: 'New application: send again' }));
    expect(await ended()).toBeTruthy();
    expect(screen.getAllByText(/signed out/)).toHaveLength(1);
  });

  it('says what is wrong with the password, or that the connection is lost', async () => {
    const { user, dialog } = await typeAndLoseSession();
    await user.click(within(dialog).getByRole('button', { name: 'Sign in' }));
    expect(within(dialog).getByText('Enter your password.')).toBeTruthy();
    server.on(LOGIN, () => problem(401, 'invalid_credentials'));
    await user.type(password(dialog), 'wrong{Enter}');
    expect((await within(dialog).findByRole('alert')).textContent).toContain('Wrong email or password');
    server.on(LOGIN, connectionLost);
    await user.click(within(dialog).getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(within(dialog).getByRole('alert').textContent).toContain('We could not reach BPOC.'));
    expect(typed()).toBe('https://hooks.example/in');
  });

  it('is over for every tab when one of them signs in', async () => {
    await typeAndLoseSession();
    fireEvent.focus(globalThis.window);
    await waitFor(() => expect(server.to('GET /api/me').length).toBeGreaterThan(1));
    expect(screen.getByRole('dialog', { name: 'You were signed out' })).toBeTruthy();
    server.on('GET /api/me', owner());
    fireEvent.focus(globalThis.window);
    await waitFor(() => expect(screen.queryByRole('dialog', { name: 'You were signed out' })).toBeNull());
    expect(typed()).toBe('https://hooks.example/in');
  });

  it('keeps the form at Esc', async () => {
    const { user } = await typeAndLoseSession();
    await user.keyboard('{Escape}');
    expect(typed()).toBe('https://hooks.example/in');
    expect(screen.getByRole('dialog', { name: 'You were signed out' })).toBeTruthy();
  });

  it('starts over for another person', async () => {
    const { user, history, dialog } = await typeAndLoseSession();
    server
      .on(LOGIN, owner({ id: 'u2', name: 'Anna Admin' }))
      .on('GET /api/me', owner({ id: 'u2', name: 'Anna Admin' }));
    await user.type(password(dialog), 'a long password{Enter}');
    await waitFor(() => expect(history.location.pathname).toBe('/recruiter/api/webhooks'));
    expect(await screen.findByRole('button', { name: /Account: Anna Admin/ })).toBeTruthy();
    expect(screen.queryByLabelText('Address')).toBeNull();
  });

  it('is also noticed when a screen loads something, and the screen is reloaded afterwards', async () => {
    server.on('GET /api/recruiter/deliveries', () => problem(401, 'unauthenticated'));
    const { user } = showApp('/recruiter/api/deliveries');
    const dialog = await ended();
    server.on('GET /api/recruiter/deliveries', () => json({ data: [delivery()], next_cursor: null }));
    await user.type(password(dialog), 'a long password{Enter}');
    expect(await screen.findByRole('link', { name: 'New application' })).toBeTruthy();
  });
});
