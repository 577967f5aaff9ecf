import { createMemoryHistory } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '../app/app';
// What the page of a webhook and its tabs share: they are loaded at once, and jest's loader fails when both ask for a module first.
import '../features/webhooks/use-turn-on';
import '../features/webhooks/test/test-button';

/** The whole app at an address, as somebody sees it who follows a link there. */
export function showApp(path: string) {
  const history = createMemoryHistory({ initialEntries: [path] });
  const user = userEvent.setup({ delay: null });
  const { container } = render(<App history={history} env="test" />);
  return { user, history, container };
}
