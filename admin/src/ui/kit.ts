/**
 * The only import of the UI kit: the components the app uses, unchanged. Replacing the kit or moving to its next major
 * version is then a change in one place.
 */
export {
  Alert,
  Anchor,
  Button,
  ActionIcon,
  Checkbox,
  Collapse,
  Drawer,
  Menu,
  NativeSelect,
  PasswordInput,
  Radio,
  SegmentedControl,
  Skeleton,
  Switch,
  Tabs,
  Textarea,
  TextInput,
  Tooltip,
  UnstyledButton,
  VisuallyHidden,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
