/**
 * The one door to the UI kit: the components the app uses, as they are. Only this folder imports the kit, so replacing it
 * or moving to its next major version is a change in one place.
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
  Modal,
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
