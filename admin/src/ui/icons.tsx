import type { ReactNode } from 'react';

/** Line icons on a 24 px grid in the text's colour. They accompany text, so they are hidden from screen readers. */
function icon(drawing: ReactNode) {
  return function Icon({ size = 16 }: { size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth={2}
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        style={{ flexShrink: 0 }}
      >
        {drawing}
      </svg>
    );
  };
}

export const IconCheck = icon(<path d="M5 12.5l4.5 4.5L19 7.5" />);
export const IconDot = icon(<circle cx="12" cy="12" r="4" fill="currentColor" />);
export const IconCross = icon(<path d="M7 7l10 10M17 7L7 17" />);
export const IconRetry = icon(
  <path d="M20 11a8 8 0 0 0-14.3-4L4 9M4 4.5V9h4.5M4 13a8 8 0 0 0 14.3 4L20 15M20 19.5V15h-4.5" />,
);
/** A failed try with a retry to come; resending by hand has its own icon. */
export const IconWaitsToRetry = icon(
  <>
    <path d="M12 3.5a8.5 8.5 0 1 1-8.5 8.5" />
    <path d="M12 7.5V12l3 2M3.5 6.5V12H9" />
  </>,
);
export const IconClock = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7.5V12l3 2" />
  </>,
);
export const IconNone = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M6 18L18 6" />
  </>,
);
export const IconWarning = icon(<path d="M12 4.5L3.5 19h17zM12 10.5v3.5M12 16.8v.01" />);
export const IconPause = icon(<path d="M9 6v12M15 6v12" />);
export const IconSpark = icon(<path d="M12 4v4M12 16v4M4 12h4M16 12h4" />);
export const IconPlus = icon(<path d="M12 5v14M5 12h14" />);
export const IconDots = icon(<path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth={3} />);
export const IconBack = icon(<path d="M15 6l-6 6 6 6" />);
export const IconNext = icon(<path d="M9 6l6 6-6 6" />);
export const IconDown = icon(<path d="M6 9l6 6 6-6" />);
export const IconCopy = icon(
  <>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M15 5.5A1.5 1.5 0 0 0 13.5 4H6a2 2 0 0 0-2 2v7.5A1.5 1.5 0 0 0 5.5 15" />
  </>,
);
export const IconLink = icon(
  <>
    <path d="M10 14a4 4 0 0 0 6 .4l2.6-2.6a4 4 0 0 0-5.6-5.6L11.5 7.6" />
    <path d="M14 10a4 4 0 0 0-6-.4l-2.6 2.6a4 4 0 0 0 5.6 5.6l1.4-1.4" />
  </>,
);
export const IconOut = icon(
  <>
    <path d="M14 5h5v5M19 5l-8 8" />
    <path d="M18 14.5V18a1.5 1.5 0 0 1-1.5 1.5h-10A1.5 1.5 0 0 1 5 18V8a1.5 1.5 0 0 1 1.5-1.5H10" />
  </>,
);
export const IconSend = icon(<path d="M20 4L10.5 13.5M20 4l-6 16-3.5-6.5L4 10z" />);
export const IconEye = icon(
  <>
    <path d="M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6z" />
    <circle cx="12" cy="12" r="2.6" />
  </>,
);
export const IconDownload = icon(<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14" />);
export const IconSun = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1" />
    <path d="M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1" />
  </>,
);
export const IconMoon = icon(<path d="M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z" />);
export const IconScreen = icon(
  <>
    <rect x="3.5" y="5" width="17" height="11.5" rx="2" />
    <path d="M9 20h6" />
  </>,
);
export const IconPerson = icon(
  <>
    <circle cx="12" cy="8.5" r="3.5" />
    <path d="M5 19.5c.8-3.5 3.5-5 7-5s6.2 1.5 7 5" />
  </>,
);
export const IconPeople = icon(
  <>
    <circle cx="9" cy="9" r="3" />
    <path d="M3.5 19c.6-3 2.7-4.5 5.5-4.5s4.9 1.5 5.5 4.5M15 6.3a3 3 0 0 1 0 5.4M17 14.8c1.9.6 3.1 2 3.5 4.2" />
  </>,
);
export const IconKeyboard = icon(
  <>
    <rect x="3" y="6.5" width="18" height="11" rx="2" />
    <path d="M7 10.5h.01M11 10.5h.01M15 10.5h.01M8.5 14h7" />
  </>,
);
export const IconList = icon(<path d="M9 7h11M9 12h11M9 17h11M4.5 7h.01M4.5 12h.01M4.5 17h.01" />);
export const IconFilter = icon(<path d="M4 7h16M7 12h10M10 17h4" />);
export const IconSearch = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="M16 16l4 4" />
  </>,
);
export const IconKey = icon(
  <>
    <circle cx="8" cy="15.5" r="3.5" />
    <path d="M10.5 13L19 4.5M15.5 8l2.5 2.5" />
  </>,
);
export const IconExit = icon(<path d="M14 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h7M10.5 12H20M16.5 8.5L20 12l-3.5 3.5" />);
export const IconTrash = icon(<path d="M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7M10.5 11v5M13.5 11v5" />);
export const IconLock = icon(
  <>
    <rect x="5.5" y="11" width="13" height="8.5" rx="2" />
    <path d="M8.5 11V8a3.5 3.5 0 0 1 7 0v3" />
  </>,
);
export const IconPencil = icon(
  <path d="M4 20l1-4.5L16 4.5a1.8 1.8 0 0 1 2.5 0l1 1a1.8 1.8 0 0 1 0 2.5L8.5 19zM14 6.5l3.5 3.5" />,
);
export const IconHelp = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M9.7 9.6a2.4 2.4 0 1 1 3.7 2c-.9.6-1.4 1-1.4 2M12 16.3v.01" />
  </>,
);
