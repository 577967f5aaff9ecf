import { useMe } from '../../api/session';
import { keptFor } from '../../lib/retention';
import { seconds } from '../../lib/time';
import { Page } from '../../ui/page';
import { TextLink } from '../../ui/link';
import css from './guide.module.css';

export function StartSection() {
  const me = useMe();
  return (
    <Page title="Start here" documentTitle="Guide" intro="Takes five minutes. After that, it runs on its own.">
      <div className={css.prose}>
        <h2>What is a webhook?</h2>
        <p>
          A webhook is a web address of another tool, such as your payroll. When something happens to a candidate in
          BPOC, we send a short message to that address within seconds.
        </p>

        <h2>For recruiters</h2>
        <ol>
          <li>
            Ask your developer, or the maker of the other tool, for a web address. None yet? Use a test inbox and see
            here what arrives.
          </li>
          <li>
            <TextLink to="/recruiter/api/webhooks/new">Add a webhook</TextLink> with this address and choose what to
            send.
          </li>
          <li>Save the secret and give it to the developer. We show it only once.</li>
          <li>Press Send test. You see the answer right away.</li>
        </ol>
        <p>
          If something fails later, the <TextLink to="/recruiter/api/webhooks">Webhooks</TextLink> screen says what
          happened, who can fix it and what we do next. Nothing gets lost: we try again automatically, and you can
          resend for {keptFor(me)}.
        </p>

        <h2>For developers</h2>
        <ol>
          <li>
            <strong>Receive.</strong> We send a POST with JSON: <code>event</code>, <code>timestamp</code> and{' '}
            <code>data</code>. See <TextLink to="/recruiter/api/guide/events">all events and their fields</TextLink>.
          </li>
          <li>
            <strong>Answer fast.</strong> Answer any 2xx within {seconds(me.platform.answer_within_ms)}. Put the work in
            a queue and do it afterwards.
          </li>
          <li>
            <strong>Check the signature.</strong> It proves that the message comes from us and is unchanged.{' '}
            <TextLink to="/recruiter/api/guide/verify">Ready code, or the steps for Zapier, Make and n8n</TextLink>.
          </li>
          <li>
            <strong>Ignore repeats.</strong> A message can arrive twice. The header <code>webhook-id</code> is the same
            on every try, so keep the ids you have seen.
          </li>
          <li>
            <strong>Do not rely on the order.</strong> Use <code>timestamp</code> to tell old from new.
          </li>
        </ol>

        <h2>What a message looks like</h2>
        <div className={css.tableFrame}>
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">Header</th>
                <th scope="col">What it holds</th>
              </tr>
            </thead>
            <tbody>
              {HEADERS.map(([name, meaning]) => (
                <tr key={name}>
                  <th scope="row">
                    <code>{name}</code>
                  </th>
                  <td>{meaning}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </Page>
  );
}

const HEADERS = [
  ['x-webhook-event', 'The type of the event, such as application.created.'],
  ['x-webhook-signature', 'sha256= and the HMAC-SHA256 of the raw body, in hex.'],
  ['x-webhook-delivery', 'The id of the delivery. You find it in Deliveries.'],
  ['x-webhook-attempt', 'Which try this is: 1, 2, 3…'],
  ['x-webhook-test', 'Only on tests: true.'],
  ['webhook-id', 'The id of the event. The same on every try, so use it to ignore repeats.'],
  ['webhook-timestamp', 'When this try was sent, in Unix seconds.'],
  ['webhook-signature', 'v1, and the signature of id, time and body (Standard Webhooks).'],
] as const;
