import { useMe } from '../../api/session';
import type { RetryPlan } from '../../api/types';
import { healthWords } from '../../copy';
import { retryPlans } from '../../copy-forms';
import { keptFor } from '../../lib/retention';
import { seconds, span } from '../../lib/time';
import { Page } from '../../ui/page';
import { TextLink } from '../../ui/link';
import { HealthWord } from '../../ui/status';
import type { Health } from '../../api/types';
import css from './guide.module.css';

const DAY_MS = 86_400_000;
const PLANS = Object.keys(retryPlans) as RetryPlan[];
const HEALTHS = Object.keys(healthWords) as Health[];
const MAX_TRIES = Math.max(...PLANS.map((plan) => retryPlans[plan].waits.length)) + 1;

export function TriesSection() {
  const me = useMe();
  const { delay_scale: scale } = me.platform;
  return (
    <Page title="Tries and timing" intro="What we do when a message does not get through.">
      <div className={css.prose}>
        <h2>What counts as delivered</h2>
        <p>
          Any 2xx answer within {seconds(me.platform.answer_within_ms)}. Everything else is a failed try: no answer, a
          redirect, a 4xx or a 5xx. We do not follow redirects.
        </p>
        <h2>When we try again</h2>
        <p>Each webhook has a plan. You choose it in its Settings. The small times show a message of Monday, 9:00.</p>
        <PlanTable />
        {scale === 1 ? null : <p>On this installation every wait is multiplied by {scale}.</p>}
        <ul>
          <li>We add up to a tenth to each wait, so that not all messages come at the same moment.</li>
          <li>
            An answer of 503 may carry <code>Retry-After</code>. It can make a wait longer, up to 6 hours, and never
            shorter.
          </li>
          <li>
            After an answer of 429 nothing is sent to the webhook for as long as <code>Retry-After</code> says, at most
            6 hours; without it for 30 seconds, then longer. This uses up no tries for 24 hours.
          </li>
          <li>When all tries are used up, the delivery is Failed. You can resend it for {keptFor(me)}.</li>
        </ul>
        <h2>What the health words mean</h2>
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
        <p>We pause a webhook after one of these, without a success in between:</p>
        <ul>
          <li>5 deliveries in a row used up all their tries, or</li>
          <li>20 tries in a row failed, over at least {seconds(30_000 * scale)}.</li>
        </ul>
        <p>
          Answers of 400, 413, 415 and 422 do not count: they are about one message. Tests and tries that we interrupted
          do not count either.
        </p>
        <p>
          While it is paused, new messages wait and use up no tries. We send one of them {seconds(30_000 * scale)} after
          the pause began, to see whether the address answers again. If it does not, we wait twice as long each time, at
          most {span(30 * 60_000 * scale)}. When it answers, all that waited goes out, oldest first.
        </p>
        <h2>When we turn it off</h2>
        <p>
          After {span(5 * DAY_MS * scale)} without one success, and at least 20 failed tries in that time, we turn the
          webhook off. You get an email {span(DAY_MS * scale)} before, if its Settings name someone. An answer of{' '}
          <code>410 Gone</code> turns it off at once, and so does a channel or script that no longer exists.
        </p>
        <h2>How to recover</h2>
        <ol>
          <li>Send a test. Once it works, the rest will too.</li>
          <li>
            Is the webhook off? Turn it on in <TextLink to="/recruiter/api/webhooks">Webhooks</TextLink>. We then ask
            whether to send the skipped events.
          </li>
          <li>
            Is it paused? Waiting events go out automatically. To start right away, press Send them now below the test.
          </li>
          <li>
            Deliveries that gave up are in <TextLink to="/recruiter/api/deliveries">Deliveries</TextLink>. Resend one,
            or all failed ones. Their system may get some twice, each with the same <code>webhook-id</code>.
          </li>
        </ol>
      </div>
    </Page>
  );
}

/** Rows are tries, columns are plans; "+ 5 min" is the wait since the previous try. */
function PlanTable() {
  const columns = PLANS.map((plan) => ({ plan, times: timesOf(plan) }));
  return (
    <div className={css.tableFrame}>
      <table className={css.table} aria-label="Retry plans">
        <thead>
          <tr>
            <th scope="col">Try</th>
            {columns.map(({ plan }) => (
              <th key={plan} scope="col">
                {retryPlans[plan].name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: MAX_TRIES }, (_, index) => (
            <tr key={index}>
              <th scope="row" style={{ whiteSpace: 'nowrap' }}>
                Try {index + 1}
              </th>
              {columns.map(({ plan, times }) => (
                <TryCell key={plan} time={times[index]} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface TryTime {
  /** Since the previous try. */
  wait: string;
  /** In minutes from Monday, 0:00. */
  at: number;
}

/** The wait, and the resulting time for a message of Monday, 9:00. */
function TryCell({ time }: { time: TryTime | undefined }) {
  if (!time) return <td>–</td>;
  return (
    <td>
      {time.wait} <span className={css.clock}>{exampleTime(time.at)}</span>
    </td>
  );
}

const START_MINUTE = 9 * 60;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function timesOf(plan: RetryPlan): TryTime[] {
  const times: TryTime[] = [{ wait: 'now', at: START_MINUTE }];
  for (const wait of retryPlans[plan].waits) {
    const [count, unit] = wait.split(' ');
    const minutes = Number(count) * (unit === 'h' ? 60 : 1);
    times.push({ wait: `+ ${wait}`, at: (times.at(-1)?.at ?? START_MINUTE) + minutes });
  }
  return times;
}

function exampleTime(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
  return `${DAYS[Math.floor(minutes / 1440)] ?? ''} ${time}`;
}
