import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor } from '@testing-library/react';
import { connectionLost, FakeServer, json, owner, problem } from '../../test/fake-server';
import { accessibilityProblems } from '../../test/accessibility';
import { catalogue, counts } from '../../test/samples';
import { showApp } from '../../test/show-app';

describe('sign-in', () => {
  let server: FakeServer;
  let signedIn: boolean;

  beforeEach(() => {
    signedIn = false;
    server = new FakeServer()
      .on('GET /api/me', () => (signedIn ? json(owner()) : problem(401, 'unauthenticated')))
      .on('POST /api/auth/login', () => {
        signedIn = true;
        return json(owner());
      })
      .on('GET /api/recruiter/webhooks', { data: [], next_cursor: null })
      .on('GET /api/recruiter/event-types', catalogue)
      .on('GET /api/recruiter/deliveries', { data: [], next_cursor: null })
      .on('GET /api/recruiter/deliveries/counts', counts);
  });

  async function fillIn(user: ReturnType<typeof showApp>['user']): Promise<void> {
    await user.type(await screen.findByLabelText('Email'), 'otto@agency.example');
    await user.type(screen.getByLabelText('Password'), 'a long password');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
  }

  it('leads to the page that the person wanted, filters included', async () => {
    const { user, history } = showApp('/recruiter/api/deliveries?status=failed');
    await fillIn(user);
    expect(await screen.findByRole('heading', { name: 'Deliveries', level: 1 })).toBeTruthy();
    expect(history.location.href).toBe('/recruiter/api/deliveries?status=failed');
    expect(server.to('POST /api/auth/login')[0]?.body).toEqual({
      email: 'otto@agency.example',
      password: 'a long password',
    });
  });

  it('asks for what is missing, at the field, without asking the server', async () => {
    const { user } = showApp('/sign-in');
    await user.click(await screen.findByRole('button', { name: 'Sign in' }));
    expect(screen.getByText('Enter your email address.')).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByLabelText('Email'));
    expect(server.to('POST /api/auth/login')).toHaveLength(0);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('says one plain sentence when the password is wrong', async () => {
    server.on('POST /api/auth/login', () => problem(401, 'invalid_credentials'));
    const { user } = showApp('/sign-in');
    await fillIn(user);
    expect((await screen.findByRole('alert')).textContent).toContain('Wrong email or password.');
  });

  it('keeps what was typed when the connection is lost', async () => {
    server.on('POST /api/auth/login', connectionLost);
    const { user } = showApp('/sign-in');
    await fillIn(user);
    expect((await screen.findByRole('alert')).textContent).toContain('We could not reach BPOC.');
    expect(screen.getByLabelText<HTMLInputElement>('Email').value).toBe('otto@agency.example');
    expect(screen.getByLabelText<HTMLInputElement>('Password').value).toBe('a long password');
  });

  it('never leads to another site', async () => {
    const { user, history } = showApp('/sign-in?next=//evil.example/');
    await fillIn(user);
    await waitFor(() => expect(history.location.pathname).toBe('/recruiter/api/webhooks'));
  });
});

describe('an invite', () => {
  it('that was cut off asks for the whole link', async () => {
    const server = new FakeServer();
    showApp('/invite');
    expect(await screen.findByText('Open the full link from your invitation again.')).toBeTruthy();
    expect(server.asked).toEqual([]);
  });
});
