import { useNavigate } from '@tanstack/react-router';
import type { Webhook } from '../../../api/types';
import { clockTime } from '../../../lib/time';
import css from './sparkline.module.css';

type Hour = Webhook['last_24h']['hours'][number];

const HOUR_MS = 3_600_000;
const STEP = 6;
const BAR = 4.5;
const HEIGHT = 26;
/** The least that a bar shows: one failure among thousands has to be seen. */
const SEEN = 3;

/** The last day by hour. A bar links to its hour's deliveries; the keyboard way is the menu and the filters. */
export function Sparkline({ webhook }: { webhook: Webhook }) {
  const navigate = useNavigate();
  const { hours } = webhook.last_24h;
  const highest = Math.max(1, ...hours.map((hour) => hour.delivered + hour.failed));

  function open({ start }: Hour): void {
    const to = new Date(Date.parse(start) + HOUR_MS).toISOString();
    void navigate({ to: '/recruiter/api/deliveries', search: { webhook_id: webhook.id, from: start, to } });
  }

  return (
    <svg
      className={css.spark}
      width={hours.length * STEP}
      height={HEIGHT}
      viewBox={`0 0 ${hours.length * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={summary(webhook.last_24h)}
    >
      {hours.map((hour, index) => {
        const failed = heightOf(hour.failed, highest);
        const delivered = Math.min(heightOf(hour.delivered, highest), HEIGHT - 1 - failed);
        const x = index * STEP;
        return (
          <g key={hour.start} className={css.hour} onClick={() => open(hour)}>
            <title>{`${clockTime(hour.start)}: ${hour.delivered} delivered, ${hour.failed} failed`}</title>
            <rect className={css.room} x={x} y={0} width={STEP} height={HEIGHT} />
            <rect className={css.base} x={x} y={HEIGHT - 1} width={BAR} height={1} />
            <rect className={css.ok} x={x} y={HEIGHT - delivered} width={BAR} height={delivered} />
            <rect className={css.bad} x={x} y={HEIGHT - delivered - failed} width={BAR} height={failed} />
          </g>
        );
      })}
    </svg>
  );
}

function heightOf(count: number, highest: number): number {
  return count === 0 ? 0 : Math.max(SEEN, (count / highest) * (HEIGHT - 1));
}

/** "312 delivered, 42 failed, worst hour 14:00" */
function summary({ delivered, failed, hours }: Webhook['last_24h']): string {
  const worst = hours.reduce<Hour | null>((a, b) => (b.failed > (a?.failed ?? 0) ? b : a), null);
  const when = worst ? `, worst hour ${clockTime(worst.start)}` : '';
  return `Last 24 hours: ${delivered} delivered, ${failed} failed${when}`;
}
