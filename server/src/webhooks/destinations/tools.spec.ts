import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EVENT_DEFINITIONS, exampleData, TEST_EVENT_TYPE } from '../../events/catalogue/catalogue.js';
import { NAME_STYLES } from '../../events/catalogue/sentence.js';
import { messageBody } from '../../events/publishable-event.js';
import { Mailer } from '../../outbound/mailer.js';
import { personalMail, unsubscribeUrl } from './mail.js';
import type { MailContent } from '../../outbound/mail-layout.js';
import { DESTINATION_KINDS, isTool, toolOf, type ToolKind } from './kinds.js';

/*
 * The bytes of every event for every tool and style. After a change that is meant, run with GOLDEN=write and read the
 * difference.
 */

const TOOL_KINDS = DESTINATION_KINDS.filter(isTool);
const PUBLIC_URL = 'https://bpoc.example';
const AT = new Date('2026-01-22T10:30:00.000Z');
/** Bytes that each tool takes at most. */
const LIMITS: Record<ToolKind, number> = {
  slack: 40_000,
  teams: 27_000,
  google_chat: 32_000,
  google_sheets: 512_000,
  email: 32_000,
};

/** Of several events; a sheet gets all rows whole. */
const GROUP_LIMITS: Record<ToolKind, number> = { ...LIMITS, google_sheets: Infinity, email: 102_000 };

const delivered = (type: string, data: object) => ({
  eventId: '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21',
  deliveryId: '0190f3c6-7c1e-7b3a-8d52-3f0a4c6b8e22',
  body: messageBody(type, AT, data),
  test: type === TEST_EVENT_TYPE,
});
const rendered = (kind: ToolKind, type: string, data: object, names: (typeof NAME_STYLES)[number] = 'full') =>
  toolOf(kind).render(delivered(type, data), { style: { names, link: true }, publicUrl: PUBLIC_URL });

const grouped = (
  kind: ToolKind,
  all: readonly [string, object][],
  names: (typeof NAME_STYLES)[number] = 'full',
  short = false,
) => {
  const id = (n: number) => `0190f3c6-7c1e-7b3a-9d52-${String(n).padStart(12, '0')}`;
  const members = all.map(([type, data], n) => ({ ...delivered(type, data), eventId: id(n), deliveryId: id(n) }));
  return toolOf(kind).renderGroup(members, { style: { names, link: true }, publicUrl: PUBLIC_URL, short }, 'group');
};

const events: [string, object][] = [
  ...EVENT_DEFINITIONS.map((definition): [string, object] => [definition.type, exampleData(definition)]),
  [TEST_EVENT_TYPE, { message: 'This is a test.', webhookId: 'w' }],
];

describe.each(TOOL_KINDS)('a message for %s', (kind) => {
  it('is, for every event and style, what it was', () => {
    const file = new URL(`golden/${kind}.txt`, import.meta.url);
    const lines = events.flatMap(([type, data]) =>
      NAME_STYLES.map((names) => `${type}, ${names}: ${rendered(kind, type, data, names)}\n`),
    );
    if (process.env['GOLDEN'] === 'write') writeFileSync(file, lines.join(''));
    expect(lines.join('')).toBe(readFileSync(file, 'utf8'));
  });

  it('stays within the limit of the tool with the longest texts', () => {
    // A sheet gets all texts whole; together they are at most 256 KiB.
    const length = kind === 'google_sheets' ? 5_000 : 40_000;
    for (const { type, fields } of EVENT_DEFINITIONS) {
      const long = fields.map(({ name, type: of, example }) => [name, of === 'text' ? '𝒴<&"'.repeat(length) : example]);
      expect(Buffer.byteLength(rendered(kind, type, Object.fromEntries(long)))).toBeLessThan(LIMITS[kind]);
    }
  });

  it('names a candidate as the style says', () => {
    const data = exampleData(EVENT_DEFINITIONS.find(({ type }) => type === 'application.created')!);
    expect(rendered(kind, 'application.created', data, 'full')).toContain('Maria Santos');
    expect(rendered(kind, 'application.created', data, 'initials')).toContain('M. S.');
    const none = rendered(kind, 'application.created', data, 'none');
    expect(none).toContain('Application uuid-123');
    for (const names of ['initials', 'none'] as const) {
      expect(rendered(kind, 'application.created', data, names)).not.toMatch(/Santos|maria@/);
    }
  });

  it('carries no address of a candidate, meeting, recording or transcript', () => {
    if (kind === 'google_sheets') return; // A sheet has the fields of the event.
    for (const [type, data] of events) {
      expect(rendered(kind, type, data)).not.toMatch(/maria@|daily\.co|recordings|transcripts/);
    }
  });
});

describe.each(TOOL_KINDS)('a message of several events for %s', (kind) => {
  const application = EVENT_DEFINITIONS.find(({ type }) => type === 'application.created')!;
  const applications = (count: number, more: (n: number) => object) =>
    Array.from({ length: count }, (_, n): [string, object] => [
      application.type,
      { ...exampleData(application), ...more(n) },
    ]);
  const real = events.filter(([type]) => type !== TEST_EVENT_TYPE);

  it('is, for every style, what it was', () => {
    const file = new URL(`golden/${kind}_group.txt`, import.meta.url);
    const ofJobs = applications(5, (n) => ({ candidateName: `Ana Cruz${n}`, jobTitle: ['Nurse', 'Cook'][n % 2] }));
    const lines = NAME_STYLES.flatMap((names) => [
      `all events, ${names}: ${grouped(kind, real, names)}\n`,
      `applications, ${names}: ${grouped(kind, ofJobs, names)}\n`,
    ]);
    if (process.env['GOLDEN'] === 'write') writeFileSync(file, lines.join(''));
    expect(lines.join('')).toBe(readFileSync(file, 'utf8'));
  });

  it('lists a hundred usual ones, and stays within the limit of the tool with the longest texts', () => {
    const usual = grouped(
      kind,
      applications(100, (n) => ({ candidateName: `Maria Santos ${n}.` })),
    );
    expect(usual).not.toMatch(/and \d+ more/);
    if (kind === 'google_sheets') expect((JSON.parse(usual) as { rows: object[] }).rows).toHaveLength(100);
    else expect(usual).toContain('100 applications for 1 job');
    const longest = grouped(
      kind,
      applications(100, () => ({ candidateName: '𝒴<&"'.repeat(200), jobTitle: '𝒴<&"'.repeat(200) })),
    );
    for (const message of [usual, longest]) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(GROUP_LIMITS[kind]);
    if (kind === 'google_sheets') return; // Each of its events is a row.
    expect(longest).toMatch(/and \d+ more/);
    if (kind === 'slack') expect((JSON.parse(longest) as { blocks: object[] }).blocks.length).toBeLessThanOrEqual(50);
  });

  it('has no mention, link or markup of a name, as one event has not', () => {
    const name = '<!channel> @everyone [x](https://evil.example) *b* </b><a href="https://evil.example">\u202Egnp';
    const message = grouped(
      kind,
      applications(2, () => ({ candidateName: name, jobTitle: name })),
    );
    // A sheet has the fields as they are.
    if (kind !== 'google_sheets') expect(message).not.toMatch(/@everyone|https:\/\/evil|\u202E/);
    // Its other texts are literal, as are those of Teams.
    if (kind === 'slack') {
      expect((JSON.parse(message) as { text: string }).text).not.toMatch(/[<>]/);
      expect(message.match(/"type":"link"/g)).toHaveLength(1);
    }
    if (kind === 'teams') expect(message).not.toContain('"TextBlock"');
    if (kind === 'google_chat') expect(message.match(/<(?!\/?b>|br>)/g)).toBeNull();
    if (kind === 'email')
      expect((JSON.parse(message) as MailContent).html).not.toMatch(/<a href="https:\/\/evil|<b>|<!c/);
  });

  it('that was too large is much shorter', () => {
    if (kind === 'google_sheets') return; // A row has all fields or is another.
    const many = applications(100, () => ({ candidateName: 'Maria'.repeat(60), jobTitle: 'Nurse'.repeat(60) }));
    const short = grouped(kind, many, 'full', true);
    expect(Buffer.byteLength(short)).toBeLessThan(Math.min(8_000, Buffer.byteLength(grouped(kind, many)) / 3));
    expect(short).toContain('and 90 more');
  });
});

describe('a mail', () => {
  it('goes out as it did, but for its date and the line between its parts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bpoc-golden-'));
    const definition = EVENT_DEFINITIONS.find(({ type }) => type === 'application.status_changed')!;
    const content = personalMail(rendered('email', definition.type, exampleData(definition)), PUBLIC_URL, 'a.b');
    const unsubscribe = unsubscribeUrl(PUBLIC_URL, 'a.b');
    const mailer = new Mailer({ smtpUrl: null, from: 'BPOC Webhooks <no-reply@bpoc.example>', folder });
    await mailer.send({ id: 'delivery.recipient', to: 'ann@agency.example', unsubscribe, ...content });
    const raw = readFileSync(join(folder, 'delivery.recipient.eml'), 'utf8');
    await rm(folder, { recursive: true });
    const mail = raw
      .replace(/^Date: .*\r$/m, 'Date: …\r')
      .replaceAll(/--_NmP-\w+/g, '--_NmP-…')
      .replaceAll('\r\n', '\n');
    const file = new URL('golden/email.eml', import.meta.url);
    if (process.env['GOLDEN'] === 'write') writeFileSync(file, mail);
    expect(mail).toBe(readFileSync(file, 'utf8'));
  });
});

it.each(TOOL_KINDS)('an event that lacks what a later catalogue added has a message for %s', (kind) => {
  for (const { type } of EVENT_DEFINITIONS) expect(rendered(kind, type, {})).not.toMatch(/undefined|Invalid/);
});

describe('a hostile name', () => {
  const data = {
    ...exampleData(EVENT_DEFINITIONS.find(({ type }) => type === 'application.created')!),
    candidateName: '<!channel> @everyone [x](https://evil.example) *b* </b><a href="https://evil.example">\u202Egnp',
    jobTitle: '=HYPERLINK("https://evil.example")',
  };

  it('is no mention, link or markup in Slack', () => {
    const { text, blocks } = JSON.parse(rendered('slack', 'application.created', data)) as {
      text: string;
      blocks: { elements: { elements: { type: string }[] }[] }[];
    };
    expect(text).not.toMatch(/[<>]|https:\/\/evil|@everyone/);
    expect(blocks[0]!.elements[0]!.elements.filter(({ type }) => type !== 'text')).toEqual([
      { type: 'link', url: expect.stringContaining(PUBLIC_URL), text: 'Open in BPOC' },
    ]);
  });

  it('is literal text in Teams', () => {
    const card = rendered('teams', 'application.created', data);
    expect(card).not.toContain('"TextBlock"');
    expect(card).not.toContain('https://evil');
  });

  it('is escaped in Google Chat', () => {
    const card = rendered('google_chat', 'application.created', data);
    expect(card).not.toMatch(/<a |<!channel|https:\/\/evil/);
    expect(card.match(/<\/?b>/g)).toHaveLength(4);
  });

  it('is text in a mail, and one line in its subject', () => {
    const mail = JSON.parse(rendered('email', 'application.created', data)) as MailContent;
    expect(mail.subject).not.toMatch(/\p{Cc}|https:\/\/evil/u);
    expect(mail.html).not.toMatch(/<a href="https:\/\/evil|<b>|<!channel/);
    expect(mail.html.match(/<a /g)).toHaveLength(2);
  });

  it('is no formula in a sheet', () => {
    const row = JSON.parse(rendered('google_sheets', 'application.created', data)) as Record<string, string>;
    expect(row['jobTitle']).toBe(`'${data.jobTitle}`);
  });
});
