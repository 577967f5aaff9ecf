import { Modal as KitModal, type ModalProps } from '@mantine/core';
import { useEffect, useState } from 'react';

/**
 * The kit's dialog, for one that is there only while it is open: the kit gives the focus back when a dialog closes,
 * not when it goes away. Then it goes back to where it came from, or to the heading when that is gone too.
 */
function Dialog(props: ModalProps) {
  useFocusBack();
  return <KitModal {...props} />;
}

export const Modal = Object.assign(Dialog, {
  Root: KitModal.Root,
  Overlay: KitModal.Overlay,
  Content: KitModal.Content,
  Title: KitModal.Title,
  Body: KitModal.Body,
});

/** For a dialog that is built of the parts. */
export function useFocusBack(): void {
  // In the first render the focus is still where it was.
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        const { activeElement } = document;
        if (activeElement !== null && activeElement !== document.body) return;
        if (before instanceof HTMLElement && before !== document.body && before.isConnected) {
          before.focus({ preventScroll: true });
        }
        if (document.activeElement === document.body) document.querySelector('h1')?.focus({ preventScroll: true });
      });
    },
    [before],
  );
}
