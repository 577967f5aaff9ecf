import { useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Reason } from '../../api/types';
import { reasons } from '../../copy';
import { retriedWords, whoShort } from '../../copy-forms';
import { Page } from '../../ui/page';
import { TextLink } from '../../ui/link';
import css from './guide.module.css';

/** The technical heading of each reason: its status, or a term if there is no response. */
const CODES: Partial<Record<Reason, string>> = {
  redirect: '3xx',
  bad_request: '400, 422',
  not_allowed: '401, 403',
  bot_check: '403 from a bot check',
  not_found: '404',
  method: '405',
  gone: '410',
  too_large: '413',
  wrong_type: '415',
  rate_limited: '429',
  server_error: '500 and other 5xx',
  bad_gateway: '502, 504',
  down: '503',
  rejected: 'other 4xx',
  timeout: 'no answer in time',
  dns: 'name not found',
  dns_unavailable: 'name server does not answer',
  unreachable: 'no connection',
  refused: 'connection refused',
  reset: 'connection reset',
  tls_expired: 'certificate expired',
  tls_invalid: 'certificate does not match',
  tls_incomplete: 'certificate chain incomplete',
  tls_outdated: 'TLS 1.0 or 1.1 only',
  tls_client_certificate: 'client certificate wanted',
  plain_http: 'plain HTTP on an https port',
  bad_answer: 'broken HTTP',
};

const ENTRIES = (Object.keys(reasons) as Reason[]).filter((reason) => reason !== 'ok');

export function ProblemsSection() {
  const asked = useGoToEntry();
  return (
    <Page title="Common problems" intro="Find what you see, and what to do about it.">
      <div className={css.prose}>
        <h2 id="not-received" tabIndex={-1}>
          A message did not arrive
        </h2>
        <ol>
          <li>
            Is the webhook on? Look at its switch in <TextLink to="/recruiter/api/webhooks">Webhooks</TextLink>. While
            it is off, events are marked Skipped and you can resend them.
          </li>
          <li>Is it subscribed to this event? See What we send in its Settings.</li>
          <li>
            Is it in <TextLink to="/recruiter/api/deliveries">Deliveries</TextLink>? Search by the candidate or job
            number. If it is there, its reason says what happened.
          </li>
          <li>Is the address right, public, and does the firewall let POST requests in?</li>
          <li>Send a test. You see the answer right away.</li>
        </ol>

        <h2 id="failed" tabIndex={-1}>
          A delivery failed
        </h2>
        <p>Open it: it says what happened and who can fix it. When it is fixed, press Resend. All reasons:</p>
        {ENTRIES.map((reason) => (
          <Problem key={reason} reason={reason} asked={reason === asked} />
        ))}

        <h2 id="signature" tabIndex={-1}>
          The signature is not valid
        </h2>
        <ol>
          <li>
            <strong>Was the body changed?</strong> Check the raw bytes. A JSON parser that rewrites the body can change
            spaces or the order of fields.
          </li>
          <li>
            <strong>Is it the right secret?</strong> Each webhook has its own. Compare its last four letters in
            Settings. Take the whole secret, with <code>whsec_</code>.
          </li>
          <li>
            <strong>Is there a space or a line break at its end?</strong> That happens when you copy a secret.
          </li>
          <li>
            <strong>Is the clock right?</strong> The ready code refuses messages that are older than 5 minutes.
          </li>
          <li>
            Start from the <TextLink to="/recruiter/api/guide/verify">ready code</TextLink>. We test it against real
            messages.
          </li>
        </ol>
      </div>
    </Page>
  );
}

/** `…/problems#timeout` leads to its entry, also on a page load. The entry takes the focus. */
function useGoToEntry(): string {
  const asked = useLocation({ select: ({ hash }) => hash });
  useEffect(() => {
    const entry = asked === '' ? null : document.getElementById(asked);
    entry?.scrollIntoView({ block: 'start' });
    entry?.focus({ preventScroll: true });
  }, [asked]);
  return asked;
}

function Problem({ reason, asked }: { reason: Reason; asked: boolean }) {
  const words = reasons[reason];
  const code = CODES[reason];
  return (
    <section
      id={reason}
      className={css.problem}
      data-asked={asked || undefined}
      tabIndex={-1}
      aria-labelledby={`${reason}-title`}
    >
      <h3 id={`${reason}-title`}>{words.sentence}</h3>
      <p>{words.whatToDo}</p>
      <p className={css.problemFacts}>
        {code ? `${code} · ` : ''}
        <code>{reason}</code> · {whoShort[words.who]} · {retriedWords[words.retried]}
      </p>
    </section>
  );
}
