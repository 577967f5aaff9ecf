/**
 * The only import of the UI kit: the components the app uses, unchanged except for fields, whose errors disappear when
 * they are edited, and buttons, which keep the focus. The kit can be replaced or upgraded in one place.
 */
export {
  Alert,
  Anchor,
  ActionIcon,
  Checkbox,
  Collapse,
  Drawer,
  Menu,
  Radio,
  SegmentedControl,
  Skeleton,
  Switch,
  Tabs,
  Tooltip,
  UnstyledButton,
  VisuallyHidden,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
export { Button } from './button';
export { NativeSelect } from './fields/native-select';
export { PasswordInput } from './fields/password-input';
export { RadioGroup } from './fields/radio-group';
export { Textarea } from './fields/textarea';
export { TextInput } from './fields/text-input';
