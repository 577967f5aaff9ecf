import { useNavigate } from '@tanstack/react-router';
import type { Webhook } from '../../../api/types';
import { outcomeWords, partsOf, sumOf, total, worstOf } from '../../../lib/bars';
import { clockTime } from '../../../lib/time';
import css from './sparkline.module.css';

type Hour = Webhook['last_24h']['hours'][number];

const HOUR_MS = 3_600_000;
const STEP = 6;
const BAR = 4.5;
const HEIGHT = 26;
/** The last day by hour. Each bar links to its hour's deliveries; keyboard users have the menu and filters. */
export function Sparkline({ webhook }: { webhook: Webhook }) {
  const navigate = useNavigate();
  const { hours } = webhook.last_24h;
  const highest = Math.max(1, ...hours.map(total));

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
        const x = index * STEP;
        return (
          <g key={hour.start} className={css.hour} onClick={() => open(hour)}>
            <title>{`${clockTime(hour.start)}: ${outcomeWords(hour)}`}</title>
            <rect className={css.room} x={x} y={0} width={STEP} height={HEIGHT} />
            <rect className={css.base} x={x} y={HEIGHT - 1} width={BAR} height={1} />
            {partsOf(hour, highest, HEIGHT).map(({ tone, y, height }) => (
              <rect key={tone} className={css[tone]} x={x} y={y} width={BAR} height={height} />
            ))}
          </g>
        );
      })}
    </svg>
  );
}

/** "312 delivered, 42 failed, worst hour 14:00" */
function summary({ hours }: Webhook['last_24h']): string {
  const worst = worstOf(hours);
  return `Last 24 hours: ${outcomeWords(sumOf(hours))}${worst ? `, worst hour ${clockTime(worst.start)}` : ''}`;
}
