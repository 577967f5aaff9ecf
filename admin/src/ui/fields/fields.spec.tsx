import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fireEvent, screen, waitFor } from '@testing-library/react';
import type { WebhookDetail } from '../../api/types';
import { agencyServer } from '../../test/agency-server';
import { type FakeServer, json, problem } from '../../test/fake-server';
import { webhook, webhookDetail } from '../../test/samples';
import { showApp } from '../../test/show-app';

/*
 * Every form: an error is shown at its field, disappears when the field is edited, and is shown again by the next
 * attempt to submit, which moves the focus to the first field with an error.
 */

type User = ReturnType<typeof showApp>['user'];

interface Form {
  /** Fills the form so that it can be submitted. */
  fill?: (user: User) => Promise<unknown>;
  /** Its button. */
  send: string;
  /** The route, and the fields that the server refuses. */
  refused?: [route: string, ...fields: string[]];
  /** Errors that the form finds itself. */
  finds?: string[];
  /** By field: the label of another field, whose edit also clears the error. */
  curedBy?: Record<string, string>;
  /** A second edit restores the stored value, so that nothing is left to submit. */
  once?: true;
}

interface Place {
  path: string;
  answers?: Record<string, unknown>;
  hash?: string;
  signedOut?: boolean;
  /** Pressed one by one to get there. */
  open?: [role: 'button' | 'menuitem', name: RegExp][];
  /** By their files in features/. */
  forms: Record<string, Form>;
}

const NOTHING = { data: [], next_cursor: null };
const CHANGE = 'PATCH /api/recruiter/webhooks/w1';
const CODE = { client: 'bpoc on laptop', address: '127.0.0.1', started_at: '2026-01-22T10:30:00.000Z' };

const settingsOf = (more: Partial<WebhookDetail>) => ({
  path: '/recruiter/api/webhooks/w1/settings',
  answers: {
    'GET /api/recruiter/webhooks/w1': webhookDetail(more),
    'GET /api/recruiter/webhooks': { data: [webhook({ id: 'w9', kind: 'slack' })], next_cursor: null },
    'POST /api/recruiter/conditions/preview': { total: 0, matching: 0, first: [] },
    'GET /api/recruiter/webhooks/w1/preview': { event: 'offer.sent', event_id: null, body: '{"text":"Hello"}' },
  },
});
/* Not by role, which takes ten times as long on a page of this size. */
const box = (name: string) => screen.getByLabelText(name);
const press = (user: User, text: string | RegExp) =>
  user.click(screen.getByText(text, { selector: 'button *, label' }));

const PLACES: Record<string, Place> = {
  'sign-in': {
    path: '/sign-in',
    signedOut: true,
    forms: {
      'session/sign-in-page.tsx': { send: 'Sign in', finds: ['Enter your email address.', 'Enter your password.'] },
    },
  },
  'a forgotten password': {
    path: '/forgot-password',
    signedOut: true,
    forms: {
      'session/forgot-password-page.tsx': { send: 'Send the link', finds: ['Enter your email address.'] },
    },
  },
  'an invite': {
    path: '/invite',
    hash: '#token',
    signedOut: true,
    forms: {
      'session/new-password-form.tsx': {
        fill: async (user) => {
          await user.type(screen.getByLabelText('Password'), 'a long password');
          await user.type(screen.getByLabelText('Password again'), 'a long password');
        },
        send: 'Start',
        refused: ['POST /api/auth/invite', 'password'],
      },
    },
  },
  'a session that ended': {
    path: '/recruiter/api/deliveries',
    answers: { 'GET /api/recruiter/deliveries': () => problem(401, 'unauthenticated') },
    forms: { 'session/sign-in-again.tsx': { send: 'Sign in', finds: ['Enter your password.'] } },
  },
  'another password': {
    path: '/recruiter/api/webhooks',
    open: [
      ['button', /^Account/],
      ['menuitem', /^Change password/],
    ],
    forms: {
      'session/change-password-dialog.tsx': {
        fill: async (user) => {
          await user.type(screen.getByLabelText('Current password'), 'an old password');
          await user.type(screen.getByLabelText('New password'), 'a long password');
          await user.type(screen.getByLabelText('New password again'), 'a long password');
        },
        send: 'Change password',
        refused: ['POST /api/auth/password', 'current_password', 'new_password'],
      },
    },
  },
  'a new key': {
    path: '/recruiter/api/keys',
    answers: { 'GET /api/recruiter/api-keys': NOTHING },
    open: [['button', /^New key/]],
    forms: {
      'access/keys/create-key-dialog.tsx': {
        fill: (user) => user.type(box('What is it for?'), 'ATS'),
        send: 'Make key',
        refused: ['POST /api/recruiter/api-keys', 'name', 'role', 'expires_at'],
      },
    },
  },
  'the sign-in of a command line': {
    path: '/recruiter/api/sign-in-code',
    answers: { 'POST /api/recruiter/sign-in-codes/find': CODE },
    forms: {
      'access/keys/sign-in-code-page.tsx': {
        fill: async (user) => {
          await user.type(await screen.findByLabelText('Code'), 'BCDF-GHJK');
          await press(user, 'Continue');
          await screen.findByText(CODE.client);
        },
        send: 'Allow',
        refused: ['POST /api/recruiter/sign-in-codes/answer', 'role', 'expires_at'],
      },
    },
  },
  'an invitation': {
    path: '/recruiter/api/members',
    answers: { 'GET /api/recruiter/members': NOTHING },
    open: [['button', /^Invite/]],
    forms: {
      'access/members/invite-dialog.tsx': {
        fill: (user) => user.type(box('Email'), 'pia@agency.example'),
        send: 'Invite',
        refused: ['POST /api/recruiter/members', 'email', 'name', 'role'],
      },
    },
  },
  'a range of time': {
    path: '/recruiter/api/deliveries?from=2026-01-22T10:00:00.000Z&to=2026-01-21T10:00:00.000Z',
    open: [['button', /^Filters/]],
    forms: { 'deliveries/list/time-filter.tsx': { send: 'Show', finds: ['This must be after From.'] } },
  },
  'a new webhook': {
    path: '/recruiter/api/webhooks/new',
    forms: {
      'webhooks/add/address-step.tsx': {
        fill: async (user) => {
          await user.type(box('Address'), 'https://hooks.example/in');
          await press(user, 'Offers');
        },
        send: 'Create webhook',
        refused: ['POST /api/recruiter/webhooks', 'url', 'events', 'description'],
      },
    },
  },
  'the settings of a web address': {
    ...settingsOf({ header_names: ['X-Key'] }),
    forms: {
      'webhooks/settings/address-card.tsx': {
        fill: (user) => user.type(box('Address'), '/2'),
        send: 'Save address',
        refused: [CHANGE, 'url'],
      },
      'webhooks/settings/events-card.tsx': {
        fill: (user) => press(user, 'Offers'),
        send: 'Save events',
        refused: [CHANGE, 'events'],
      },
      'webhooks/settings/headers/headers-card.tsx': {
        fill: async (user) => {
          await user.click(box('Change X-Key'));
          await user.type(box('New value of X-Key'), 'k');
          await press(user, 'Add a header');
          await user.type(box('Name'), 'X-B');
          await user.type(box('Value'), 'b');
        },
        send: 'Save headers',
        refused: [CHANGE, 'headers.X-Key', 'headers.X-B'],
        curedBy: { 'headers.X-B': 'Value' },
      },
      'webhooks/settings/conditions/conditions-card.tsx': {
        fill: (user) => press(user, 'Add a condition'),
        send: 'Save conditions',
        refused: [CHANGE, 'conditions.0.all.0.value'],
      },
      'webhooks/settings/content/content-card.tsx': {
        fill: (user) => press(user, 'Ids only'),
        send: 'Save content',
        refused: [CHANGE, 'content'],
      },
      'webhooks/settings/description-card.tsx': {
        fill: (user) => user.type(box('Name of the webhook'), '2'),
        send: 'Save name',
        refused: [CHANGE, 'description'],
      },
      'webhooks/settings/retry-card.tsx': {
        fill: (user) => press(user, /^One day/),
        send: 'Save plan',
        refused: [CHANGE, 'retry_plan'],
      },
      'webhooks/settings/pace-card.tsx': {
        fill: (user) => user.type(box('At most'), '5'),
        send: 'Save pace',
        refused: [CHANGE, 'pace'],
        curedBy: { pace: 'messages' },
      },
      'webhooks/settings/trace-card.tsx': {
        fill: (user) => press(user, 'Send the header traceparent'),
        send: 'Save tracing',
        refused: [CHANGE, 'traceparent'],
        once: true,
      },
      'webhooks/settings/alerts-card.tsx': {
        fill: (user) => user.type(box('Email addresses'), 'ann@agency.example'),
        send: 'Save alerts',
        refused: ['PUT /api/recruiter/webhooks/w1/alerts', 'emails', 'chat_webhook_id', 'url'],
      },
      'webhooks/settings/delete-dialog.tsx': {
        fill: (user) => press(user, /^Delete webhook/),
        send: 'Delete webhook',
        finds: ['Type Payroll sync exactly as shown here.'],
      },
    },
  },
  'the settings of a chat': {
    ...settingsOf({ kind: 'slack', url: 'hooks.slack.com/…abcd', style: { names: 'initials', link: true } }),
    forms: {
      'webhooks/settings/tool-address-card.tsx': {
        fill: (user) => user.type(box('New address'), 'https://hooks.slack.com/services/T0/B0/abcd'),
        send: 'Save address',
        refused: [CHANGE, 'url'],
      },
      'webhooks/settings/style-card.tsx': {
        fill: (user) => user.selectOptions(screen.getByLabelText('Names of candidates'), 'none'),
        send: 'Save style',
        refused: [CHANGE, 'style'],
      },
      'webhooks/settings/schedule-card.tsx': {
        fill: (user) => press(user, /^Quiet hours/),
        send: 'Save times',
        refused: [CHANGE, 'style'],
        curedBy: { style: 'From' },
      },
    },
  },
  'the settings of mails': {
    ...settingsOf({ kind: 'email', url: null, recipients: [], style: { names: 'initials', link: true } }),
    forms: {
      'webhooks/settings/recipients-card.tsx': {
        fill: (user) => user.type(box('Add addresses'), 'ann@agency.example'),
        send: 'Save recipients',
        refused: [CHANGE, 'recipients'],
      },
    },
  },
};

/** Their fields cannot have errors; a refusal is about the whole form. */
const NEVER_WRONG = [
  'access/members/role-dialog.tsx',
  'deliveries/list/answer-filter.tsx',
  'deliveries/list/search-field.tsx',
  'deliveries/one/signature-tab.tsx',
  'guide/checker-section.tsx',
  'webhooks/list/on-it.tsx',
  'webhooks/settings/secret/new-secret-dialog.tsx',
];
const MAY_BE_WRONG = /use(Submit|Saving|Save)\b|fieldProblems|error=\{(?!(\w+\.)?error\})/;
/** The frame of the cards. */
const FRAME = 'webhooks/settings/card-form.tsx';

const FEATURES = join(import.meta.dirname, '../../features');
const source = (file: string) => readFileSync(join(FEATURES, file), 'utf8');

let server: FakeServer;
beforeEach(() => {
  server = agencyServer();
});
afterEach(() => {
  globalThis.location.hash = '';
});

/** The field that is described by the message for screen readers. */
function fieldOf(message: string): HTMLElement {
  const field = [...document.querySelectorAll('[aria-describedby]')].find((element) =>
    element
      .getAttribute('aria-describedby')!
      .split(' ')
      .some((id) => document.getElementById(id)?.textContent === message),
  );
  if (!(field instanceof HTMLElement)) throw new Error(`no field is described by: ${message}`);
  return field;
}

/** Another value. */
async function edit(user: User, field: HTMLElement): Promise<void> {
  const choices = field.querySelectorAll<HTMLInputElement>('input:is([type=radio], [type=checkbox])');
  if (choices.length > 0) await user.click([...choices].findLast(({ checked }) => !checked) ?? choices[0]!);
  else if (field instanceof HTMLSelectElement) {
    const other = [...field.options].find(({ selected }) => !selected)!;
    await user.selectOptions(field, other);
  } else if (field instanceof HTMLInputElement && field.type === 'checkbox') await user.click(field);
  else if (field instanceof HTMLInputElement && field.type === 'time')
    fireEvent.change(field, { target: { value: '07:00' } });
  else await user.type(field, 'x');
}

const isBefore = (a: HTMLElement, b: HTMLElement) =>
  (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;

const isText = (field: HTMLElement) =>
  field instanceof HTMLTextAreaElement ||
  (field instanceof HTMLInputElement && !['checkbox', 'time'].includes(field.type));

async function walk(user: User, form: Form): Promise<void> {
  const { fill, send, refused: [route, ...fields] = [''], finds, curedBy = {}, once } = form;
  const errors = fields.map((field) => ({ field, code: 'invalid', message: `We refuse ${field}.` }));
  const messages = finds ?? errors.map(({ message }) => message);
  if (route) server.on(route, () => problem(422, 'validation_failed', { errors }));
  await fill?.(user);
  for (const others of once ? [{}] : [{}, curedBy]) {
    const buttons = await screen.findAllByText(send, { selector: 'button *' });
    await user.click(buttons.at(-1)!);
    for (const message of messages) await screen.findByText(message);
    const wrong = messages.map((message) => fieldOf(message));
    const first = wrong.find((field) => wrong.every((other) => !isBefore(other, field)))!;
    expect(first.contains(document.activeElement)).toBe(true);
    for (const [index, message] of messages.entries()) {
      const other = others[fields[index] ?? ''];
      const field = fieldOf(message);
      const edited = other ? box(other) : field;
      await edit(user, edited);
      expect([message, screen.queryByText(message)]).toEqual([message, null]);
      if (isText(edited)) await user.type(edited, '{Backspace}');
    }
  }
}

describe('the fields of', () => {
  it.each(Object.entries(PLACES))('%s hide errors while they are edited', async (_name, place) => {
    if (place.signedOut) server.on('GET /api/me', () => problem(401, 'unauthenticated'));
    for (const [route, answer] of Object.entries(place.answers ?? {}))
      server.on(route, typeof answer === 'function' ? answer : () => json(answer));
    globalThis.location.hash = place.hash ?? '';
    const { user } = showApp(place.path);
    for (const [role, name] of place.open ?? []) await user.click((await screen.findAllByRole(role, { name }))[0]!);
    for (const form of Object.values(place.forms)) {
      await waitFor(() => expect(document.querySelector('form')).not.toBeNull());
      await walk(user, form);
    }
  });
});

it('every form of the app is tested above, or cannot have errors', () => {
  const files = readdirSync(FEATURES, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll(sep, '/'));
  const forms = files.filter(
    (file) => /^(?!.*\.spec\.).*\.tsx$/.test(file) && /<(form|CardForm|DraftForm)\b/.test(source(file)),
  );
  const walked = Object.values(PLACES).flatMap(({ forms }) => Object.keys(forms));
  expect(forms.toSorted()).toEqual([...walked, ...NEVER_WRONG, FRAME].toSorted());
  for (const file of NEVER_WRONG) expect([file, MAY_BE_WRONG.exec(source(file))]).toEqual([file, null]);
});
