import { createMemoryHistory } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '../app/app';
// Shared by the webhook's page and its tabs: jest's loader fails when two modules import it at once, so load it now.
import '../features/webhooks/use-turn-on';
import '../features/webhooks/test/test-button';

/** The whole app, opened at an address. */
export function showApp(path: string) {
  const history = createMemoryHistory({ initialEntries: [path] });
  const user = userEvent.setup({ delay: null });
  const { container } = render(<App history={history} env="test" />);
  return { user, history, container };
}
