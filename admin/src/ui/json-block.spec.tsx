import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { accessibilityProblems } from '../test/accessibility';
import { JsonBlock } from './json-block';
import { UiProvider } from './ui-provider';

const MESSAGE =
  '{"event":"offer.sent","data":{"offerId":"o1","to":{"name":"Maria"},"tags":["a",{"b":1}]},' +
  '"more":{"deep":{"deeper":{"deepest":1}}}}';

function show(text: string) {
  const user = userEvent.setup({ delay: null });
  const block = (shown: string) => (
    <UiProvider env="test">
      <main>
        <JsonBlock label="Message" text={shown} />
      </main>
    </UiProvider>
  );
  const { rerender } = render(block(text));
  return { user, change: (next: string) => rerender(block(next)) };
}
const tree = () => screen.findByRole('tree', { name: 'Message' });
const text = () => screen.getByLabelText('Message', { selector: 'pre' }).textContent;
const focused = () => document.activeElement?.closest('[role="treeitem"]')?.textContent ?? '';

beforeEach(() => localStorage.clear());

describe('JSON that is shown as a tree', () => {
  it('is one tab stop; arrow keys walk its branches, fold and unfold them', async () => {
    const { user } = show(MESSAGE);
    const items = within(await tree());
    await user.tab();
    await user.tab();
    await user.tab();
    // The root; right enters an open branch.
    expect(focused()).toMatch(/^\{"event"/);
    await user.keyboard('{ArrowRight}');
    expect(focused()).toMatch(/^"data":\{/);
    const data = items.getByRole('button', { name: '"data":' });
    expect(document.activeElement).toBe(data);
    await user.keyboard('{ArrowDown}');
    expect(focused()).toMatch(/^"to":\{/);
    await user.keyboard('{ArrowUp}');
    expect(document.activeElement).toBe(data);

    expect(items.getByText('"Maria"')).toBeTruthy();
    await user.keyboard('{ArrowLeft}');
    expect(items.queryByText('"Maria"')).toBeNull();
    expect(data.getAttribute('aria-expanded')).toBe('false');
    expect(document.activeElement).toBe(data);
    await user.keyboard('{ArrowRight}');
    expect(items.getByText('"Maria"')).toBeTruthy();
    expect(document.activeElement).toBe(data);

    // Left on a folded branch goes to its parent.
    await user.keyboard('{ArrowLeft}{ArrowLeft}');
    expect(focused()).toMatch(/^\{"event"/);
    // It comes back to where one was.
    await user.keyboard('{ArrowDown}');
    await user.tab();
    expect((await tree()).contains(document.activeElement)).toBe(false);
    await user.tab({ shift: true });
    expect(document.activeElement).toBe(data);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it('goes to its ends, and folds with the keys of a button', async () => {
    const { user } = show(MESSAGE);
    const items = within(await tree());
    items.getAllByRole('button')[0]!.focus();
    await user.keyboard('{End}');
    expect(focused()).toMatch(/^"deeper":\{/);
    await user.keyboard('{Home}');
    expect(focused()).toMatch(/^\{"event"/);
    await user.keyboard('{Enter}');
    expect(items.queryByText('"offer.sent"')).toBeNull();
    await user.keyboard(' ');
    expect(items.getByText('"offer.sent"')).toBeTruthy();
    await user.click(items.getByText('"data":'));
    expect(items.queryByText('"o1"')).toBeNull();
  });

  it('folds deep levels until they are opened', async () => {
    const { user } = show(MESSAGE);
    const items = within(await tree());
    expect(items.getByText('"deeper":')).toBeTruthy();
    expect(items.queryByText('"deepest":')).toBeNull();
    await user.click(items.getByText('"deeper":'));
    expect(items.getByText('"deepest":')).toBeTruthy();
  });

  it('starts over with another message', async () => {
    const { user, change } = show('{"a":{"b":1}}');
    await user.click(within(await tree()).getByText('"a":'));
    expect(screen.queryByText('"b":')).toBeNull();
    change('{"a":{"b":2}}');
    expect(within(await tree()).getByText('"b":')).toBeTruthy();
  });

  it('shows hostile strings as text, in one line and within their quotes', async () => {
    const hostile = {
      '<img src=x onerror=alert(1)>': '<script>alert(1)</script>',
      'a": 1, "b': 'c"\n, "d": "e',
      ['__proto__']: 'javascript:alert(1)',
    };
    show(JSON.stringify(hostile));
    const shown = await tree();
    for (const [key, value] of Object.entries(hostile)) {
      expect(within(shown).getByText(`${JSON.stringify(key)}:`)).toBeTruthy();
      expect(within(shown).getByText(JSON.stringify(value))).toBeTruthy();
    }
    expect(shown.querySelectorAll('img, script, a')).toHaveLength(0);
  });
});

describe('the text of JSON', () => {
  it('can be switched between formatted and raw, and the choice is kept', async () => {
    const { user } = show('{"a":1.0,  "b":2}');
    expect(within(await tree()).getByText('1')).toBeTruthy();
    await user.click(screen.getByRole('radio', { name: 'Text' }));
    expect(text()).toBe('{\n  "a": 1.0,\n  "b": 2\n}');
    expect(screen.queryByRole('tree')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Exact bytes' }));
    expect(text()).toBe('{"a":1.0,  "b":2}');
    expect(await accessibilityProblems()).toEqual([]);
    show('{"next":1}');
    expect(screen.getAllByLabelText('Message', { selector: 'pre' })).toHaveLength(2);
  });

  describe('that is copied', () => {
    beforeEach(() => void Object.defineProperty(globalThis, 'isSecureContext', { value: true, configurable: true }));
    afterEach(() => void Reflect.deleteProperty(globalThis, 'isSecureContext'));

    it('is exactly what was sent, however it is shown', async () => {
      const sent = '{"a": 1.0,\r\n\t"b":"\\u00e9 \u{1f600}", "c":{ } }\n';
      const { user } = show(sent);
      await tree();
      const copied = async () => {
        await navigator.clipboard.writeText('');
        await user.click(screen.getByRole('button', { name: /^(Copy|Copied)$/ }));
        return navigator.clipboard.readText();
      };
      expect(await copied()).toBe(sent);
      await user.click(screen.getByRole('radio', { name: 'Text' }));
      expect(await copied()).toBe(sent);
      await user.click(screen.getByRole('button', { name: 'Exact bytes' }));
      expect(await copied()).toBe(sent);
    });
  });

  it.each([
    ['{"id":12345678901234567890}', 'Shown as text, as a tree would round a long number.', '12345678901234567890'],
    ['{"a":1,"a":2}', 'Shown as text, as a tree would drop a key that appears twice.', '"a": 1,\n  "a": 2'],
    [JSON.stringify(Array(2_000).fill(7)), 'Shown as text, as it is too long for a tree.', '7,\n  7'],
  ])('is all there is where a tree would not show what was sent (%#)', async (sent, words, shown) => {
    show(sent);
    expect(screen.getByText(words)).toBeTruthy();
    expect(text()).toContain(shown);
    expect(screen.queryByRole('radio')).toBeNull();
  });

  it.each(['<b>down</b>', '{"a":1', 'OK', '', '{}'])('is the only form if nothing can be folded: %s', (sent) => {
    show(sent);
    expect(text()).toBe(sent);
    expect(screen.queryByRole('radio')).toBeNull();
    expect(screen.queryByText(/^Shown as text/)).toBeNull();
  });
});
