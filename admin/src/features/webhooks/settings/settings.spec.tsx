import { beforeEach, describe, expect, it } from '@jest/globals';
import { screen, waitFor, within } from '@testing-library/react';
import type { WebhookDetail } from '../../../api/types';
import { accessibilityProblems } from '../../../test/accessibility';
import { type Asked, FakeServer, json, owner, problem, viewer } from '../../../test/fake-server';
import { catalogue, webhookDetail } from '../../../test/samples';
import { showApp } from '../../../test/show-app';

const SETTINGS = '/recruiter/api/webhooks/w1/settings';
const ONE = 'GET /api/recruiter/webhooks/w1';
const CHANGE = 'PATCH /api/recruiter/webhooks/w1';
const ALERTS = 'GET /api/recruiter/webhooks/w1/alerts';
const SET_ALERTS = 'PUT /api/recruiter/webhooks/w1/alerts';

let server: FakeServer;
/** What is stored, and its version: changed by the app and by another person. */
let stored: WebhookDetail;
let version: number;

function aColleague(change: Partial<WebhookDetail>): void {
  stored = { ...stored, ...change };
  version += 1;
}

const answer = (): Response => json(stored, 200, { etag: `"${version}"` });

beforeEach(() => {
  stored = webhookDetail();
  version = 1;
  server = new FakeServer()
    .on('GET /api/me', owner())
    .on('GET /api/recruiter/event-types', catalogue)
    .on('GET /api/recruiter/webhooks', { data: [], next_cursor: null })
    .on(ONE, answer)
    .on(CHANGE, ({ headers, body }: Asked) => {
      if (headers.get('if-match') !== `"${version}"`) return problem(412, 'precondition_failed');
      aColleague(body as Partial<WebhookDetail>);
      return answer();
    });
});

const field = (name: string) => screen.findByRole<HTMLInputElement>('textbox', { name });
const button = (name: string) => screen.getByRole('button', { name });

describe('a setting that another person changed meanwhile', () => {
  it('is shown beside what was typed, which stays and can be saved over it', async () => {
    const { user } = showApp(SETTINGS);
    await user.type(await field('Name of the webhook'), ' 2');
    aColleague({ description: 'Wages' });
    await user.click(button('Save name'));
    const note = await screen.findByRole('alert');
    expect(note.textContent).toContain('Someone else changed this to Wages. Yours is Payroll sync 2.');
    expect((await field('Name of the webhook')).value).toBe('Payroll sync 2');
    expect(stored.description).toBe('Wages');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(button('Save name'));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Save name' })).toBeNull());
    expect(stored.description).toBe('Payroll sync 2');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('can be taken as it is', async () => {
    const { user } = showApp(SETTINGS);
    await user.click(await screen.findByRole('radio', { name: /^One day/ }));
    aColleague({ retry_plan: 'three_days' });
    await user.click(button('Save plan'));
    expect((await screen.findByRole('alert')).textContent).toContain('changed this to Three days. Yours is One day.');
    await user.click(button('Take theirs'));
    expect(screen.getByRole<HTMLInputElement>('radio', { name: /^Three days/ }).checked).toBe(true);
    expect(screen.queryByRole('button', { name: 'Save plan' })).toBeNull();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('does not take the place of what is half typed when it is loaded in the background', async () => {
    const { user } = showApp(SETTINGS);
    const address = await field('Address');
    await user.clear(address);
    await user.type(address, 'https://new.payroll.example');
    // Saving another card asks for the webhook again.
    await user.type(await field('Name of the webhook'), '!');
    server.on(CHANGE, ({ body }: Asked) => {
      aColleague({ ...(body as Partial<WebhookDetail>), url: 'https://theirs.example/in' });
      return answer();
    });
    await user.click(button('Save name'));
    expect((await screen.findByRole('alert')).textContent).toContain(
      'Someone else changed this to https://theirs.example/in. Yours is https://new.payroll.example.',
    );
    expect((await field('Address')).value).toBe('https://new.payroll.example');
  });

  it('shows through where nothing was typed', async () => {
    const { user } = showApp(SETTINGS);
    await user.type(await field('Name of the webhook'), '!');
    server.on(CHANGE, ({ body }: Asked) => {
      aColleague({ ...(body as Partial<WebhookDetail>), url: 'https://theirs.example/in' });
      return answer();
    });
    await user.click(button('Save name'));
    await waitFor(async () => expect((await field('Address')).value).toBe('https://theirs.example/in'));
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('is another one: then Save is pressed once more', async () => {
    const { user } = showApp(SETTINGS);
    await user.click(await screen.findByRole('checkbox', { name: 'Offers' }));
    aColleague({ description: 'Wages' });
    await user.click(button('Save events'));
    expect((await screen.findByRole('alert')).textContent).toContain('another part of this webhook');
    await user.click(button('Save events'));
    await waitFor(() => expect(stored.events).toEqual(['application.*', 'offer.*']));
  });

  it('is reported for alerts too, before they are overwritten', async () => {
    let alerts = { emails: ['ops@agency.example'], url: null as string | null };
    server
      .on(ALERTS, () => json(alerts))
      .on(SET_ALERTS, ({ body }: Asked) => {
        alerts = body as typeof alerts;
        return json(alerts);
      });
    const { user } = showApp(SETTINGS);
    await user.type(await field('Email addresses'), ' anna@agency.example');
    alerts = { emails: ['ben@agency.example'], url: null };
    await user.click(button('Save alerts'));
    expect((await screen.findByRole('alert')).textContent).toContain(
      'changed this to ben@agency.example. Yours is ops@agency.example, anna@agency.example.',
    );
    expect(server.to(SET_ALERTS)).toEqual([]);
    expect((await field('Email addresses')).value).toBe('ops@agency.example anna@agency.example');
    await user.click(button('Save alerts'));
    await waitFor(() => expect(alerts.emails).toEqual(['ops@agency.example', 'anna@agency.example']));
  });
});

describe('the settings', () => {
  it('keep the focus on the card that was saved', async () => {
    const { user } = showApp(SETTINGS);
    await user.type(await field('Name of the webhook'), '!');
    button('Save name').focus();
    await user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement?.textContent).toBe('Name'));
    expect(document.activeElement?.closest('h2')).not.toBeNull();
  });

  it('keep the focus in the field from which they were saved', async () => {
    const { user } = showApp(SETTINGS);
    await user.type(await field('Name of the webhook'), '!{Enter}');
    await waitFor(() => expect(stored.description).toBe('Payroll sync!'));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Save name' })).toBeNull());
    expect(document.activeElement).toBe(await field('Name of the webhook'));
  });

  it('stay on screen when they cannot be refreshed', async () => {
    const { user } = showApp(SETTINGS);
    await user.type(await field('Name of the webhook'), '!');
    server.on(CHANGE, ({ body }: Asked) => {
      server.on(ONE, () => problem(503, 'database_unavailable'));
      return json({ ...stored, ...(body as object) });
    });
    await user.click(button('Save name'));
    expect(await screen.findByText(/We could not refresh this webhook\./)).toBeTruthy();
    expect((await field('Name of the webhook')).value).toBe('Payroll sync!');
  });
});

describe('extra headers', () => {
  const list = () => within(screen.getByRole('list', { name: 'Extra headers' }));

  beforeEach(() => {
    stored = webhookDetail({ header_names: ['x-tenant', 'authorization'] });
    server.on(CHANGE, ({ body }: Asked) => {
      const { headers } = body as { headers: Record<string, string | null> };
      const kept = stored.header_names.filter((name) => headers[name] !== null);
      const added = Object.keys(headers).filter((name) => headers[name] !== null && !kept.includes(name));
      aColleague({ header_names: [...kept, ...added] });
      return answer();
    });
  });

  it('are known by name; one is changed, one taken out and one added, and the rest stays', async () => {
    stored = webhookDetail({ header_names: ['x-tenant', 'authorization', 'x-region'] });
    const { user } = showApp(SETTINGS);
    await user.click(await screen.findByRole('button', { name: 'Change authorization' }));
    await user.type(await field('New value of authorization'), 'Bearer abc');
    await user.click(button('Remove x-tenant'));
    await user.click(button('Add a header'));
    await user.type(await field('Name'), 'x-team');
    await user.type(await field('Value'), 'south');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(button('Save headers'));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Save headers' })).toBeNull());
    expect(server.to(CHANGE).map(({ body }) => body)).toEqual([
      { headers: { authorization: 'Bearer abc', 'x-tenant': null, 'x-team': 'south' } },
    ]);
    expect(list().getAllByRole('listitem')).toHaveLength(3);
    expect(document.body.innerHTML).not.toContain('Bearer abc');
  });

  it('do not follow the address to another server, which is said before', async () => {
    const { user } = showApp(SETTINGS);
    const address = await field('Address');
    await user.type(address, '/more');
    expect(screen.queryByText(/This is another server/)).toBeNull();
    await user.clear(address);
    await user.type(address, 'https://new.payroll.example');
    expect(screen.getByText(/This is a different server, so we delete the extra headers/)).toBeTruthy();
  });

  it('say at the field what is missing, or set by us', async () => {
    const { user } = showApp(SETTINGS);
    await user.click(await screen.findByRole('button', { name: 'Add a header' }));
    await user.click(button('Save headers'));
    expect(screen.getByText('Enter the name of the header.')).toBeTruthy();
    await user.type(await field('Name'), 'X-Tenant');
    await user.type(await field('Value'), 'south');
    await user.click(button('Save headers'));
    expect(screen.getByText('You already added this header.')).toBeTruthy();
    expect(server.to(CHANGE)).toEqual([]);
    await user.clear(await field('Name'));
    await user.type(await field('Name'), 'host');
    const message = 'We set this header ourselves. Choose another name.';
    const errors = [{ field: 'headers.host', code: 'reserved_name', message }];
    server.on(CHANGE, () => problem(400, 'validation_failed', { errors }));
    await user.click(button('Save headers'));
    expect(await screen.findByText(message)).toBeTruthy();
    expect((await field('Name')).getAttribute('aria-invalid')).toBe('true');
    expect((await field('Value')).value).toBe('south');
  });

  it('is visible to a viewer, with a note on who can change it', async () => {
    server.on('GET /api/me', viewer());
    showApp(SETTINGS);
    expect(await screen.findByText('x-tenant')).toBeTruthy();
    expect(button('Save headers').getAttribute('aria-disabled')).toBe('true');
    expect(screen.queryByRole('button', { name: 'Add a header' })).toBeNull();
  });
});

describe('the pace', () => {
  it('is a limit, or none', async () => {
    const { user } = showApp(SETTINGS);
    await user.type(await field('At most'), '0');
    await user.click(button('Save pace'));
    expect(screen.getByText('Enter a whole number from 1 to 1000.')).toBeDefined();
    await user.clear(await field('At most'));
    await user.type(await field('At most'), '30');
    await user.selectOptions(screen.getByRole('combobox', { name: 'messages' }), 'a minute');
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(button('Save pace'));
    await waitFor(() => expect(stored.pace).toEqual({ limit: 30, per: 'minute' }));
    await user.clear(await field('At most'));
    await user.click(button('Save pace'));
    await waitFor(() => expect(stored.pace).toBeNull());
  });
});

describe('when messages of a chat go out', () => {
  it('is hourly or daily, and not in quiet hours', async () => {
    aColleague({ kind: 'slack', style: { names: 'initials', link: true, group: 'each', quiet: null } });
    server.on('GET /api/recruiter/webhooks/w1/preview', { event: 'offer.sent', event_id: null, body: '{}' });
    const { user } = showApp(SETTINGS);
    await user.selectOptions(
      await screen.findByRole('combobox', { name: 'Messages go out' }),
      'Once a day, in one message',
    );
    await user.click(screen.getByRole('checkbox', { name: /^Quiet hours/ }));
    expect(screen.getByText('At 08:00, when quiet hours end.')).toBeDefined();
    expect(await accessibilityProblems()).toEqual([]);
    await user.click(button('Save times'));
    const quiet = { from: '20:00', to: '08:00', time_zone: expect.any(String) };
    await waitFor(() => expect(stored.style).toMatchObject({ group: 'daily', quiet }));
  });
});
