import { useEffect, useRef, type HTMLAttributes, type Ref } from 'react';
import css from './strip.module.css';

const FADE_PX = 16;

interface StripProps extends HTMLAttributes<HTMLElement> {
  as?: 'div' | 'ul';
  /** Changes when the current member changes or may have moved, which scrolls it into view. */
  current: string;
}

/** A row of chips or links. On a phone it scrolls sideways instead of pushing what is below off the screen. */
export function Strip({ as: Tag = 'div', current, ...rest }: StripProps) {
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    const strip = row.current;
    if (!strip) return undefined;
    const observer = new ResizeObserver(() => showCurrent(strip));
    observer.observe(strip);
    showCurrent(strip);
    return () => observer.disconnect();
  }, [current]);
  return (
    <Tag
      {...rest}
      ref={row as Ref<never>}
      className={`${css.strip} ${rest.className ?? ''}`}
      onFocus={({ currentTarget, target }) => {
        // Browsers accept a partly visible item. Not for touch, where the target would move away.
        if (target.matches(':focus-visible')) show(currentTarget, target);
      }}
    />
  );
}

function showCurrent(strip: HTMLElement): void {
  const member = strip.querySelector<HTMLElement>('[aria-pressed="true"], [aria-current]');
  if (member) show(strip, member);
}

/** Scrolls a hidden or faded item to the middle. Moves the row only: `scrollIntoView` would move the page, too. */
function show(strip: HTMLElement, member: HTMLElement): void {
  const [left, right] = [member.offsetLeft, member.offsetLeft + member.offsetWidth];
  if (left >= strip.scrollLeft + FADE_PX && right <= strip.scrollLeft + strip.clientWidth - FADE_PX) return;
  strip.scrollLeft = (left + right - strip.clientWidth) / 2;
}
