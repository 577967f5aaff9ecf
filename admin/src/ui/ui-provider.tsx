import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { useKeptFocus } from './kept-focus';
import './styles';
import { cssVariables, theme } from './theme';
import { Toasts } from './toast-region';

/** Theme and colour scheme (the system's, until the person picks one) around the whole app. */
export function UiProvider({ children, env }: { children: ReactNode; env?: 'test' }) {
  useKeptFocus();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      {...(env ? { env } : {})}
    >
      {children}
      <Toasts />
    </MantineProvider>
  );
}
