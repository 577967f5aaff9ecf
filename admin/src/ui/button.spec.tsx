import { expect, it, jest } from '@jest/globals';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { Button } from './kit';
import { UiProvider } from './ui-provider';

it('a loading button keeps the focus and cannot be pressed again, nor by the form', async () => {
  const onSubmit = jest.fn();
  function Form() {
    const [busy, setBusy] = useState(false);
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
          setBusy(true);
        }}
      >
        <input aria-label="Name" />
        <Button type="submit" loading={busy}>
          Save
        </Button>
      </form>
    );
  }
  render(<Form />, { wrapper: ({ children }) => <UiProvider env="test">{children}</UiProvider> });
  const save = screen.getByRole('button', { name: 'Save' });
  await userEvent.click(save);
  expect(document.activeElement).toBe(save);
  expect(save.getAttribute('aria-disabled')).toBe('true');
  await userEvent.keyboard('{Enter}');
  await userEvent.type(screen.getByLabelText('Name'), 'x{Enter}');
  expect(onSubmit).toHaveBeenCalledTimes(1);
});
