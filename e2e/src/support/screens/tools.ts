import { alter, answer, API, dialogOf, go, settled, webhook, type Screen, type Visit } from './visit.js';

/* Webhooks of tools: tiles, messages, settings, and what recipients see. */

type Tool = 'slack' | 'teams' | 'google_chat' | 'google_sheets' | 'email';
const NAMES: Record<Tool, string> = {
  slack: 'Slack',
  teams: 'Microsoft Teams',
  google_chat: 'Google Chat',
  google_sheets: 'Google Sheets',
  email: 'Email',
};
const TOOLS = Object.keys(NAMES) as Tool[];
const PREVIEW = /\/webhooks\/[\w-]+\/preview/;
const CONDITIONS_PREVIEW = /\/conditions\/preview$/;
const LINK = 'https://app.bpoc.example/x';
const text = (words: string, bold = false) => ({ type: 'text', text: words, ...(bold && { style: { bold } }) });
const run = (words: string, bold = false) => ({ type: 'TextRun', text: words, ...(bold && { weight: 'Bolder' }) });
const TITLE = 'Moved to another status';
const JOB = 'Customer Service Representative';
const WORDS = ['Maria Santos moved from applied to ', 'shortlisted', ` · ${JOB}`] as const;

/** Messages as the server makes them. */
const BODIES: Record<Tool, object> = {
  slack: {
    blocks: [
      {
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              text(`${TITLE}\n`, true),
              ...WORDS.map((words, n) => text(words, n === 1)),
              ...[text('\n'), { type: 'link', url: LINK, text: 'Open in BPOC' }],
            ],
          },
        ],
      },
    ],
  },
  teams: {
    attachments: [
      {
        content: {
          body: [{ inlines: [run(TITLE, true)] }, { inlines: WORDS.map((words, n) => run(words, n === 1)) }],
          actions: [{ title: 'Open in BPOC' }],
        },
      },
    ],
  },
  google_chat: {
    cardsV2: [
      {
        card: {
          header: { title: TITLE },
          sections: [
            {
              widgets: [
                { textParagraph: { text: WORDS.map((words, n) => (n === 1 ? `<b>${words}</b>` : words)).join('') } },
                { buttonList: { buttons: [{ text: 'Open in BPOC' }] } },
              ],
            },
          ],
        },
      },
    ],
  },
  google_sheets: {
    'webhook-id': '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21',
    event: 'application.status_changed',
    timestamp: '2026-01-22T10:30:00.000Z',
    summary: WORDS.join(''),
    applicationId: 'A-1047',
    newStatus: 'shortlisted',
    link: LINK,
  },
  email: {
    subject: `${TITLE}: ${WORDS.join('')}`,
    text:
      `${WORDS.join('')}\n\n22 Jan 2026, 10:30 UTC\n\nOpen in BPOC: ${LINK}\n\n-- \nYou get this because you are ` +
      `a recipient of these emails.\n\nStop these emails: ${LINK}\n`,
  },
};

const ofTool = (kind: Tool) => ({
  kind,
  url: kind === 'email' ? null : 'https://tool.example/…abcd',
  style: { names: 'full', link: true, group: 'each', quiet: null },
  content: null,
  recipients:
    kind === 'email'
      ? [
          { email: 'ann@agency.example', state: 'confirmed', reason: null, asked_at: null },
          { email: 'ben@client.example', state: 'waiting', reason: null, asked_at: '2026-01-22T10:30:00.000Z' },
          { email: 'old@client.example', state: 'bounced', reason: '550 5.1.1 no such user', asked_at: null },
        ]
      : null,
});

const withPreview = (visit: Visit, kind: Tool) =>
  answer(visit, PREVIEW, {
    event: 'application.status_changed',
    event_id: kind === 'teams' ? null : '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21',
    count: 1,
    body: JSON.stringify(BODIES[kind]),
  });

async function choose(visit: Visit, kind: Tool): Promise<void> {
  await go(visit, '/recruiter/api/webhooks/new');
  await dialogOf(visit.page).getByRole('radio', { name: NAMES[kind] }).check();
  await visit.page.getByRole('checkbox', { name: 'Applications' }).waitFor();
}

/** The last step, without making a webhook. */
async function created(visit: Visit, kind: Tool): Promise<void> {
  await answer(
    visit,
    API.webhooks,
    { ...visit.agency.payroll, ...ofTool(kind), secret: null },
    { method: 'POST', status: 201 },
  );
  await withPreview(visit, kind);
  await choose(visit, kind);
  const dialog = dialogOf(visit.page);
  await dialog
    .getByRole('textbox', { name: kind === 'email' ? 'Email addresses' : /^Address (from|of)/ })
    .fill(kind === 'email' ? 'ann@agency.example' : 'https://tool.example/hook');
  await dialog.getByRole('checkbox', { name: 'Applications' }).check();
  await dialog.getByRole('button', { name: 'Create webhook' }).click();
  await dialog.getByText(/^(This is your latest event|This is an example)/).waitFor();
}

async function settings(visit: Visit, kind: Tool): Promise<void> {
  await withPreview(visit, kind);
  const conditions = [
    {
      event: 'application.status_changed',
      all: [{ field: 'newStatus', op: 'one_of', value: ['shortlisted', 'hired'] }],
    },
  ];
  const style = {
    ...ofTool(kind).style,
    group: 'daily',
    quiet: { from: '20:00', to: '08:00', time_zone: 'Asia/Manila' },
  };
  await answer(visit, CONDITIONS_PREVIEW, { count: 50, matches: 7, events: [] });
  await alter(visit, API.webhook, (all: object) => ({ ...all, ...ofTool(kind), style, conditions }));
  await go(visit, webhook(visit.agency.payroll.id, '/settings'));
  await visit.page.getByText(/^(This is your latest event|This is an example)/).waitFor();
  await settled(visit.page);
}

export const tools: Screen[] = [
  ...TOOLS.flatMap((kind): Screen[] => [
    { name: `tool-${kind}`, tall: true, show: (visit) => choose(visit, kind) },
    { name: `tool-${kind}-preview`, show: (visit) => created(visit, kind) },
  ]),
  { name: 'tool-slack-settings', tall: true, show: (visit) => settings(visit, 'slack') },
  { name: 'tool-email-settings', tall: true, show: (visit) => settings(visit, 'email') },
  {
    name: 'tool-only-when',
    tall: true,
    show: async (visit) => {
      await answer(visit, CONDITIONS_PREVIEW, { count: 50, matches: 7, events: [] });
      await choose(visit, 'slack');
      const dialog = dialogOf(visit.page);
      await dialog.getByRole('checkbox', { name: 'Applications' }).check();
      await dialog.getByRole('button', { name: 'Only when…' }).click();
      await dialog.getByRole('button', { name: 'Add a condition' }).click();
      await dialog.getByRole('textbox', { name: 'Value' }).fill('shortlisted');
      await dialog.getByText('7 of the last 50 events would have been sent.').scrollIntoViewIfNeeded();
    },
  },
];
