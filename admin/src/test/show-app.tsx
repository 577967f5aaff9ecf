import { createMemoryHistory } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '../app/app';
// Shared by the webhook's page and its tabs: jest's loader fails when two modules import it at once, so load it now.
import '../features/webhooks/use-turn-on';
import '../features/webhooks/test/test-button';

/** Longer texts are pasted: each key renders the whole form again, which was a quarter of the time of the tests. */
const MAX_TYPED = 4;

/** A user who pastes long texts and types short ones and keys, e.g. `a long text{Enter}`. */
function pastingUser() {
  const user = userEvent.setup({ delay: null });
  const type: typeof user.type = async (element, text, options) => {
    const [, pasted = '', keys = ''] = /^([^{[]*)(.*)$/s.exec(text) ?? [];
    if (pasted.length <= MAX_TYPED) return user.type(element, text, options);
    await user.click(element);
    await user.paste(pasted);
    if (keys) await user.keyboard(keys);
  };
  return { ...user, type };
}

/** The whole app, opened at an address. */
export function showApp(path: string) {
  const history = createMemoryHistory({ initialEntries: [path] });
  const user = pastingUser();
  const { container } = render(<App history={history} env="test" />);
  return { user, history, container };
}
