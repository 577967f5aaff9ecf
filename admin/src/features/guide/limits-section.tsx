import { useMe } from '../../api/session';
import { keptFor } from '../../lib/retention';
import { seconds } from '../../lib/time';
import { Page } from '../../ui/page';
import css from './guide.module.css';

/** Facts about this installation: where messages come from, how large they can be, how long they are kept. */
export function LimitsSection() {
  const me = useMe();
  const { sends_from: addresses, max_event_bytes: bytes, answer_within_ms: answerWithinMs } = me.platform;
  const { parallel_requests: atOnce } = me.platform;
  return (
    <Page title="Addresses and limits" intro="What your firewall, your server and your archive need to know.">
      <div className={css.prose}>
        <h2>Addresses we send from</h2>
        {addresses.length === 0 ? (
          <p>They can change, so do not rely on them. Check the signature instead: it proves more than an address.</p>
        ) : (
          <>
            <p>Let these through your firewall. Check the signature too: an address alone proves little.</p>
            <ul>
              {addresses.map((address) => (
                <li key={address}>
                  <code>{address}</code>
                </li>
              ))}
            </ul>
          </>
        )}
        <h2>Limits</h2>
        <Facts
          label="Limits"
          rows={[
            ['Size of a message', `up to ${Math.round(bytes / 1024)} KiB`],
            ['Time to answer', seconds(answerWithinMs)],
            ['Requests at the same time', `up to ${atOnce} to one webhook`],
            ['How much of an answer we keep', 'the first 16 KiB'],
            ['Redirects', 'not followed'],
            ['Bulk resend', 'up to 20,000 deliveries, 50 a second'],
            ['Webhooks', 'up to 200 for your agency'],
            ['Extra headers', 'up to 20 for each webhook'],
            ['Tests', '10 a minute for each webhook'],
          ]}
        />
        <h2>How long we keep things</h2>
        <Facts
          label="How long we keep things"
          rows={[
            ['Deliveries and their messages', keptFor(me)],
            ['What arrived at a test inbox', '7 days, the last 50 messages'],
            ['Audit log', 'a year'],
          ]}
        />
        <p>When a candidate asks for it, their data is erased from messages at once.</p>
      </div>
    </Page>
  );
}

function Facts({ label, rows }: { label: string; rows: readonly (readonly [what: string, value: string])[] }) {
  return (
    <div className={css.tableFrame}>
      <table className={css.table} aria-label={label}>
        <tbody>
          {rows.map(([what, value]) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
