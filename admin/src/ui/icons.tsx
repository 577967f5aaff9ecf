import type { ReactNode } from 'react';

/** Line icons on a 24 px grid, drawn in the text's colour. They stand beside words, so they are hidden from screen readers. */
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

export const IconCheck = icon(<path d="M5 12.500l4.500 4.500L19 7.500" />);
export const IconCross = icon(<path d="M7 7l10 10M17 7L7 17" />);
export const IconRetry = icon(
  <path d="M20 11a8 8 0 0 0-14.300-4L4 9M4 4.500V9h4.500M4 13a8 8 0 0 0 14.300 4L20 15M20 19.500V15h-4.500" />,
);
export const IconClock = icon(
  <>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M12 7.500V12l3 2" />
  </>,
);
export const IconNone = icon(
  <>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M6 18L18 6" />
  </>,
);
export const IconWarning = icon(<path d="M12 4.500L3.500 19h17zM12 10.500v3.500M12 16.800v.01" />);
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
    <path d="M15 5.500A1.500 1.500 0 0 0 13.500 4H6a2 2 0 0 0-2 2v7.500A1.500 1.500 0 0 0 5.500 15" />
  </>,
);
export const IconLink = icon(
  <>
    <path d="M10 14a4 4 0 0 0 6 .4l2.600-2.600a4 4 0 0 0-5.600-5.600L11.500 7.600" />
    <path d="M14 10a4 4 0 0 0-6-.4l-2.600 2.600a4 4 0 0 0 5.600 5.600l1.400-1.400" />
  </>,
);
export const IconOut = icon(
  <>
    <path d="M14 5h5v5M19 5l-8 8" />
    <path d="M18 14.500V18a1.500 1.500 0 0 1-1.500 1.500h-10A1.500 1.500 0 0 1 5 18V8a1.500 1.500 0 0 1 1.500-1.500H10" />
  </>,
);
export const IconSend = icon(<path d="M20 4L10.500 13.500M20 4l-6 16-3.500-6.500L4 10z" />);
export const IconEye = icon(
  <>
    <path d="M3 12s3.500-6 9-6 9 6 9 6-3.500 6-9 6-9-6-9-6z" />
    <circle cx="12" cy="12" r="2.600" />
  </>,
);
export const IconDownload = icon(<path d="M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 19.500h14" />);
export const IconSun = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1.500M12 19.500V21M3 12h1.500M19.500 12H21M5.600 5.600l1.100 1.100M17.300 17.300l1.100 1.100M5.600 18.400l1.100-1.100M17.300 6.700l1.100-1.100" />
  </>,
);
export const IconMoon = icon(<path d="M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500z" />);
export const IconScreen = icon(
  <>
    <rect x="3.500" y="5" width="17" height="11.500" rx="2" />
    <path d="M9 20h6" />
  </>,
);
export const IconPerson = icon(
  <>
    <circle cx="12" cy="8.500" r="3.500" />
    <path d="M5 19.500c.8-3.500 3.500-5 7-5s6.200 1.500 7 5" />
  </>,
);
export const IconPeople = icon(
  <>
    <circle cx="9" cy="9" r="3" />
    <path d="M3.500 19c.6-3 2.700-4.500 5.500-4.500s4.900 1.500 5.500 4.500M15 6.300a3 3 0 0 1 0 5.400M17 14.800c1.900.6 3.100 2 3.500 4.200" />
  </>,
);
export const IconKeyboard = icon(
  <>
    <rect x="3" y="6.500" width="18" height="11" rx="2" />
    <path d="M7 10.500h.01M11 10.500h.01M15 10.500h.01M8.500 14h7" />
  </>,
);
export const IconList = icon(<path d="M9 7h11M9 12h11M9 17h11M4.500 7h.01M4.500 12h.01M4.500 17h.01" />);
export const IconSearch = icon(
  <>
    <circle cx="11" cy="11" r="6.500" />
    <path d="M16 16l4 4" />
  </>,
);
export const IconKey = icon(
  <>
    <circle cx="8" cy="15.500" r="3.500" />
    <path d="M10.500 13L19 4.500M15.500 8l2.500 2.500" />
  </>,
);
export const IconExit = icon(
  <path d="M14 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h7M10.500 12H20M16.500 8.500L20 12l-3.500 3.500" />,
);
export const IconTrash = icon(<path d="M5 7h14M10 7V4.500h4V7M7 7l1 12.500h8L17 7M10.500 11v5M13.500 11v5" />);
export const IconLock = icon(
  <>
    <rect x="5.500" y="11" width="13" height="8.500" rx="2" />
    <path d="M8.500 11V8a3.500 3.500 0 0 1 7 0v3" />
  </>,
);
export const IconPencil = icon(
  <path d="M4 20l1-4.500L16 4.500a1.800 1.800 0 0 1 2.500 0l1 1a1.800 1.800 0 0 1 0 2.500L8.500 19zM14 6.500l3.500 3.500" />,
);
export const IconHelp = icon(
  <>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M9.700 9.600a2.400 2.400 0 1 1 3.700 2c-.9.600-1.400 1-1.400 2M12 16.300v.01" />
  </>,
);
