import { createMemoryHistory } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '../app/app';

/** The whole app at an address, as somebody sees it who follows a link there. */
export function showApp(path: string) {
  const history = createMemoryHistory({ initialEntries: [path] });
  const user = userEvent.setup({ delay: null });
  const { container } = render(<App history={history} env="test" />);
  return { user, history, container };
}
