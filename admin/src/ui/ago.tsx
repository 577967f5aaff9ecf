import { useEffect, useState } from 'react';
import { fullTime, relativeTime } from '../lib/time';
import { Tooltip } from './kit';

interface AgoProps {
  iso: string;
  focusable?: boolean;
  /** Uses the browser's tooltip, for long lists. */
  light?: boolean;
}

/** "2 min ago", kept true while it is on screen; the exact local time, its zone and UTC on hover and focus. */
export function Ago({ iso, focusable = false, light = false }: AgoProps) {
  const [, refresh] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => refresh((count) => count + 1), 20_000);
    return () => clearInterval(timer);
  }, []);
  if (light) {
    const exact = fullTime(iso);
    return (
      // Style sheets show `data-exact` to keyboard users, since browsers do not show them titles.
      <time dateTime={iso} title={exact} data-exact={exact}>
        {relativeTime(iso)}
      </time>
    );
  }
  return (
    <Tooltip label={fullTime(iso)}>
      <time dateTime={iso} tabIndex={focusable ? 0 : undefined}>
        {relativeTime(iso)}
      </time>
    </Tooltip>
  );
}
