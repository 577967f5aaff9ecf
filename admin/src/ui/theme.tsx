import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';
import { IconDown } from './icons';

/** A slightly blue grey instead of the kit's pure grey; 0 is text on dark, 7 the surface, 8 and 9 lie behind it. */
const dark: MantineColorsTuple = [
  '#e4e7eb',
  '#c5cbd3',
  '#a6adb4',
  '#636c78',
  '#3a424d',
  '#2e353f',
  '#242a32',
  '#1b2027',
  '#14181d',
  '#0e1115',
];

const sans = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif';

/** The kit's own defaults fall short of WCAG AA in 6-19 places a screen; the settings marked AA bring it to none. */
export const theme = createTheme({
  fontFamily: sans,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontFamily: sans, fontWeight: '600' },
  colors: { dark },
  primaryColor: 'indigo', // AA
  primaryShade: { light: 7, dark: 8 }, // AA
  autoContrast: true, // AA
  luminanceThreshold: 0.4, // AA
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Anchor: { defaultProps: { inherit: true } },
    Button: {
      defaultProps: { size: 'sm' },
      // The kit's hover colour for these is too dark for their text.
      vars: (_theme: unknown, props: { variant?: string; color?: string }) =>
        props.variant === 'subtle' && props.color === undefined
          ? { root: { '--button-color': 'var(--accent)', '--button-hover': 'var(--accent-soft)' } }
          : { root: {} },
    },
    Modal: {
      defaultProps: {
        closeButtonProps: { 'aria-label': 'Close' }, // AA
        transitionProps: { duration: 120 },
        overlayProps: { backgroundOpacity: 0.45 },
        centered: false,
        radius: 'lg',
        padding: 'lg',
      },
      styles: { title: { fontSize: 18, fontWeight: 600 } },
    },
    Drawer: {
      defaultProps: {
        closeButtonProps: { 'aria-label': 'Close' }, // AA
        transitionProps: { duration: 120 },
        overlayProps: { backgroundOpacity: 0.45 },
      },
    },
    // AA: the header element would be a second banner of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    DrawerHeader: { defaultProps: { role: 'presentation' } },
    Menu: {
      defaultProps: {
        withInitialFocusPlaceholder: false, // AA
        portalProps: { target: '#content' }, // Within a landmark.
        transitionProps: { duration: 80 },
        shadow: 'md',
      },
    },
    // A native select works best on phones and with screen readers; only its arrow is custom.
    NativeSelect: {
      defaultProps: { rightSection: <IconDown size={15} />, rightSectionPointerEvents: 'none' },
    },
    InputWrapper: {
      styles: {
        label: { marginBottom: 4, fontSize: 14, fontWeight: 600 },
        description: { lineHeight: 1.4 },
        error: { marginTop: 6 },
      },
    },
    Checkbox: { styles: { root: { paddingBlock: 6 } } }, // AA: targets of 24 px and more
    Radio: { styles: { description: { lineHeight: 1.4 } } },
    Tooltip: {
      defaultProps: { events: { hover: true, focus: true, touch: true }, multiline: true, maw: 320, withArrow: true },
    },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c636a', // AA
    '--mantine-color-text': '#1d2229',
    '--mantine-color-default-color': '#1d2229',
    '--mantine-color-error': '#c02626', // AA
  },
  dark: {
    '--mantine-color-dimmed': '#a6adb4', // AA
    '--mantine-color-text': '#e4e7eb',
    '--mantine-color-default-color': '#e4e7eb',
    '--mantine-color-error': '#ff9090', // AA
  },
});
