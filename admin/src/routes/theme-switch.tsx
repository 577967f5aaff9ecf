import { IconMoon, IconSun } from '../ui/icons';
import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from '../ui/kit';

/** Switches between light and dark. "Match my device" is in the account menu. */
export function ThemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <Tooltip label={`Switch to the ${other} theme`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={36}
        aria-label={`Switch to the ${other} theme`}
        onClick={() => setColorScheme(other)}
      >
        {other === 'dark' ? <IconMoon size={18} /> : <IconSun size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}
