import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor } from '@testing-library/react';
import { agencyServer } from '../../test/agency-server';
import { type FakeServer, problem } from '../../test/fake-server';
import { showApp } from '../../test/show-app';

/* Every form: a field that is called wrong is no more once it is edited, and is again with the next try. */

interface Form {
  path: string;
  /** Pressed one after another to get there. */
  open?: RegExp[];
  submit: string;
  signedOut?: boolean;
}

const FORMS: Record<string, Form> = {
  'sign-in': { path: '/sign-in', submit: 'Sign in', signedOut: true },
  'a forgotten password': { path: '/forgot-password', submit: 'Send the link', signedOut: true },
  'a new key': { path: '/recruiter/api/keys', open: [/^New key/], submit: 'Make key' },
  'an invitation': { path: '/recruiter/api/members', open: [/^Invite/], submit: 'Invite' },
  'a new webhook': { path: '/recruiter/api/webhooks/new', submit: 'Create webhook' },
};

const NOTHING = { data: [], next_cursor: null };

let server: FakeServer;
beforeEach(() => {
  server = agencyServer().on('GET /api/recruiter/api-keys', NOTHING).on('GET /api/recruiter/members', NOTHING);
});

const wrong = () => [...document.querySelectorAll<HTMLInputElement>('[aria-invalid="true"]')];

describe('the fields of', () => {
  it.each(Object.entries(FORMS))('%s are not called wrong while they are corrected', async (_name, form) => {
    if (form.signedOut) server.on('GET /api/me', () => problem(401, 'unauthenticated'));
    const { user } = showApp(form.path);
    for (const name of form.open ?? []) await user.click((await screen.findAllByRole('button', { name }))[0]!);
    const submit = await screen.findByRole('button', { name: form.submit });
    await user.click(submit);
    await waitFor(() => expect(wrong().length).toBeGreaterThan(0));
    const fields = wrong();
    for (const field of fields) {
      await user.type(field, 'x');
      expect(field.getAttribute('aria-invalid')).not.toBe('true');
      await user.clear(field);
    }
    await user.click(submit);
    await waitFor(() => expect(wrong()).toEqual(fields));
  });
});
