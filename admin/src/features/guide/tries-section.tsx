import { useMe } from '../../api/session';
import type { RetryPlan } from '../../api/types';
import { healthWords } from '../../copy';
import { retryPlans } from '../../copy-forms';
import { keptFor } from '../../lib/retention';
import { Page } from '../../ui/page';
import { HealthWord } from '../../ui/status';
import type { Health } from '../../api/types';
import css from './guide.module.css';

const PLANS = Object.keys(retryPlans) as RetryPlan[];
const HEALTHS = Object.keys(healthWords) as Health[];
const MOST_TRIES = Math.max(...PLANS.map((plan) => retryPlans[plan].waits.length)) + 1;

export function TriesSection() {
  const me = useMe();
  return (
    <Page title="Tries and timing" intro="What we do when a message does not get through.">
      <div className={css.prose}>
        <h2>What counts as delivered</h2>
        <p>
          Any 2xx answer within 10 seconds. Everything else is a failed try: no answer, a redirect, a 4xx or a 5xx. We
          do not follow redirects.
        </p>
        <h2>When we try again</h2>
        <p>Each webhook has a plan. You choose it in its Settings.</p>
        <PlanTable />
        <ul>
          <li>We add up to a tenth to each wait, so that not all messages come at the same moment.</li>
          <li>
            An answer of 429 or 503 may carry <code>Retry-After</code>. It can make a wait longer, up to 6 hours, and
            never shorter.
          </li>
          <li>
            An answer of <code>410 Gone</code> turns the webhook off at once.
          </li>
          <li>When all tries are used up, the delivery is Failed. You can resend it for {keptFor(me)}.</li>
        </ul>
        <h2>How a webhook feels</h2>
        <div className={css.tableFrame}>
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">Word</th>
                <th scope="col">What it means</th>
              </tr>
            </thead>
            <tbody>
              {HEALTHS.map((health) => (
                <tr key={health}>
                  <th scope="row">
                    <HealthWord health={health} explain={false} />
                  </th>
                  <td>{healthWords[health].meaning}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <h2>When it keeps failing</h2>
        <p>
          After 5 deliveries that failed for good in a row, we pause the webhook. New messages wait and use up no tries.
          Now and then we send the oldest one, to see whether the address answers again. When it does, all that waited
          goes out, oldest first.
        </p>
        <p>
          After 5 days without one success we turn the webhook off. Send a test when it is fixed, then turn it on again.
        </p>
      </div>
    </Page>
  );
}

/** Rows are plans, columns are tries: "after 5 min" is the wait since the try before. */
function PlanTable() {
  return (
    // Keyboards scroll it only when it can take the focus.
    <div className={css.tableFrame} tabIndex={0} role="region" aria-label="Retry plans">
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">Plan</th>
            {Array.from({ length: MOST_TRIES }, (_, index) => (
              <th key={index} scope="col">
                Try {index + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {PLANS.map((plan) => (
            <tr key={plan}>
              <th scope="row" style={{ whiteSpace: 'nowrap' }}>
                {retryPlans[plan].name}
              </th>
              <td>now</td>
              {Array.from({ length: MOST_TRIES - 1 }, (_, index) => (
                <td key={index} style={{ whiteSpace: 'nowrap' }}>
                  {retryPlans[plan].waits[index] ? `+ ${retryPlans[plan].waits[index]}` : '–'}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
