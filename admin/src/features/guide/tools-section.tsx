import type { AddressedKind } from '../../api/types';
import { destinations } from '../../lib/destinations';
import { Page } from '../../ui/page';
import { TextLink } from '../../ui/link';
import css from './guide.module.css';

type Tool = Exclude<AddressedKind, 'endpoint'>;

/** What arrives in each tool, and common questions. */
const TOOLS: Record<Tool, string> = {
  slack: 'A message in the channel: who, what, which job, and a link into BPOC.',
  teams:
    'A card in the channel, a moment after Teams has taken it. Addresses at webhook.office.com no longer work: ' +
    'Microsoft has retired them.',
  google_chat: 'A card in the space, with a button into BPOC.',
  google_sheets:
    'A row for each event. The script adds columns by itself, and never writes an event twice. “Anyone” has to have ' +
    'access, or Google asks us to sign in; the key in the address keeps others out. When the key is wrong or the ' +
    'script stops, the log says what to do.',
  email:
    'An email for each person. People in your team get them right away. Others first get one with a button, and ' +
    'nothing more until they press it. Every email has an unsubscribe link.',
};

const SETTINGS: readonly (readonly [title: string, text: string])[] = [
  [
    'Names',
    'Candidates appear with their initials. Under Messages you can choose full names, or none. A name that an event ' +
      'lacks comes from an earlier event about the same person. Chats never get email addresses, or links to ' +
      'meetings and recordings. Erasing a candidate removes the name from BPOC, but not what a chat already shows.',
  ],
  [
    'Only when…',
    'Send only some events, such as “new status is hired”. You see at once how many of the last 50 that would have ' +
      'been. Events tells you later why one was not sent.',
  ],
  [
    'One by one, hourly or daily',
    'Under When, let messages go out as events happen, once an hour, or once a day in one message. When more than 20 ' +
      'wait, they become one message too, with a line for each.',
  ],
  ['Quiet hours', 'Nothing goes out in these hours. Waiting messages go out when they end. Tests go out at once.'],
  [
    'Pace',
    'Slack, Google Chat and Google Sheets take one message a second, Teams two, email ten a minute. A waiting ' +
      'message is marked in the log and does not use up a try. You can lower the pace, and set one for a web address.',
  ],
  ['Content', 'A web address can get all of an event, only ids, or the fields that you choose.'],
];

/** For people without a developer: each tool, and the settings that they share. */
export function ToolsSection() {
  return (
    <Page title="Slack, sheets and email" intro="Messages for people. You need no developer.">
      <div className={css.prose}>
        <p>
          <TextLink to="/recruiter/api/webhooks/new">Add a webhook</TextLink>, choose the tool, and paste its address.
          You see the message before the first one goes out.
        </p>
        {(Object.keys(TOOLS) as Tool[]).map((tool) => (
          <section key={tool} className={css.tool} aria-labelledby={tool}>
            <h2 id={tool} tabIndex={-1}>
              {destinations[tool].name}
            </h2>
            {destinations[tool].steps.length > 0 ? (
              <ol>
                {destinations[tool].steps.map((step) => (
                  <li key={step}>{step}</li>
                ))}
              </ol>
            ) : null}
            <p>{TOOLS[tool]}</p>
          </section>
        ))}
        <h2>What you can set</h2>
        {SETTINGS.map(([title, text]) => (
          <section key={title} className={css.problem}>
            <h3>{title}</h3>
            <p>{text}</p>
          </section>
        ))}
      </div>
    </Page>
  );
}
