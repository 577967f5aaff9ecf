import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { isStatus } from '../api/problem';
import { signOut } from '../api/session';
import type { Me } from '../api/types';
import { roleWords } from '../copy';
import {
  IconExit,
  IconKey,
  IconKeyboard,
  IconList,
  IconLock,
  IconMoon,
  IconPeople,
  IconPerson,
  IconScreen,
  IconSun,
} from '../ui/icons';
import { Button, Menu, useMantineColorScheme } from '../ui/kit';
import { MenuLink } from '../ui/menu-link';
import { toastProblem } from '../ui/toasts';
import { accountLook } from './account-look';
import css from './account-menu.module.css';

const ChangePasswordDialog = lazy(() =>
  import('../features/session/change-password-dialog').then((module) => ({ default: module.ChangePasswordDialog })),
);

const SCHEMES = [
  { value: 'light', label: 'Light', icon: <IconSun /> },
  { value: 'dark', label: 'Dark', icon: <IconMoon /> },
  { value: 'auto', label: 'Match my device', icon: <IconScreen /> },
] as const;

interface AccountMenuProps {
  me: Me;
  onShortcuts: () => void;
}

export function AccountMenu({ me, onShortcuts }: AccountMenuProps) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [changingPassword, setChangingPassword] = useState(false);
  const leave = useSignOut();
  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <Button {...accountLook(me)} aria-label={`Account: ${me.name}, ${roleWords[me.role]}`} />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label className={css.who}>
            <strong>{me.email ?? me.name}</strong>
            {roleWords[me.role]}, {me.agency.name}
          </Menu.Label>
          {SCHEMES.map((scheme) => (
            <Menu.Item
              key={scheme.value}
              leftSection={scheme.icon}
              aria-current={colorScheme === scheme.value ? 'true' : undefined}
              className={css.item}
              onClick={() => setColorScheme(scheme.value)}
            >
              {scheme.label}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <MenuLink leftSection={<IconPerson />} to="/recruiter/api/account">
            Your account
          </MenuLink>
          <MenuLink leftSection={<IconPeople />} to="/recruiter/api/members">
            Members
          </MenuLink>
          <MenuLink leftSection={<IconKey />} to="/recruiter/api/keys">
            API keys
          </MenuLink>
          <MenuLink leftSection={<IconList />} to="/recruiter/api/audit">
            Audit log
          </MenuLink>
          <Menu.Divider />
          <Menu.Item leftSection={<IconKeyboard />} onClick={onShortcuts}>
            Keyboard shortcuts
          </Menu.Item>
          <Menu.Item leftSection={<IconLock />} onClick={() => setChangingPassword(true)}>
            Change password
          </Menu.Item>
          <Menu.Item leftSection={<IconExit />} onClick={() => void leave()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {changingPassword ? <ChangePasswordDialog onClose={() => setChangingPassword(false)} /> : null}
      </Suspense>
    </>
  );
}

/** Ends the session, clears all loaded data, and shows the sign-in. */
function useSignOut(): () => Promise<void> {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    try {
      await signOut();
    } catch (error) {
      if (!isStatus(error, 401)) return toastProblem(error);
    }
    await navigate({ to: '/sign-in' });
    queryClient.clear();
  };
}
